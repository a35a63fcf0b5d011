using System.Collections.Concurrent;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Manifest;

/// <summary>
/// What this node knows of adopted columns: awaited before a read or a write, and then asked without waiting. A change is in force here within the
/// revocation bound; a node that could not read the generation counter for so long gives no answer. Thread-safe.
/// </summary>
internal sealed class AdoptionStates(KeyBounds bounds, RingServices services)
{
    private readonly ConcurrentDictionary<(StoreSession Session, string Database), AdoptionPage> _pages = new();
    private readonly ConcurrentDictionary<(string Table, string Column), byte> _told = new();
    private readonly ConcurrentDictionary<(string Table, string Column), byte> _toldOverdue = new();

    /// <summary>The columns of this node whose adoption was to be over by now, with what to do about them.</summary>
    public IReadOnlyList<string> Overdue =>
    [
        .. _pages.Values.SelectMany(static page => page.All).Where(one => one.Adoption.IsOverdue(services.Now))
            .Select(static one => $"The adoption of {one.Table}.{one.Column} was to be over by {one.Adoption.Deadline:yyyy-MM-dd} and is {one.Adoption.State}: columncrypt adopt --column {one.Table}.{one.Column}")
            .Distinct().Order(StringComparer.Ordinal),
    ];

    /// <summary>True where the columns of a database can be asked without waiting.</summary>
    public bool IsPrepared(StoreSession session, string database) => _pages.TryGetValue((session, database), out var page) && page.IsFresh;

    /// <summary>Reads what is not known, or not fresh.</summary>
    public async Task PrepareAsync(StoreSession session, string database, CancellationToken cancellationToken)
    {
        var page = _pages.GetOrAdd((session, database), _ =>
        {
            var made = new AdoptionPage(session, database, bounds, services);
            session.ReadAgain(made.ReadAsync);
            return made;
        });
        if (await session.GetInstallationAsync(create: false, cancellationToken).ConfigureAwait(false) is not null)
        {
            await session.EnsureFreshAsync(cancellationToken).ConfigureAwait(false);
        }

        if (!page.IsRead)
        {
            await page.ReadAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads again what this node itself has just changed.</summary>
    public async Task RefreshAsync(StoreSession session, string database)
    {
        if (_pages.TryGetValue((session, database), out var page))
        {
            await session.EnsureFreshAsync(CancellationToken.None).ConfigureAwait(false);
            await page.ReadAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The adoption of a column; null where it was never adopted.</summary>
    /// <exception cref="EncryptionModelException">It is not known, and looks like one that was renamed.</exception>
    public ColumnAdoption? Find(StoreSession session, string database, string schema, string table, string column, string purpose)
    {
        var found = _pages.TryGetValue((session, database), out var page) && page.IsFresh ? page.Find(schema, table, column, purpose) : throw StoreSession.CutOff();
        if (found?.IsOverdue(services.Now) == true && _toldOverdue.TryAdd((table, column), 0))
        {
            services.Logger.AdoptionOverdue(table, column, found.Deadline!.Value, found.State.ToString());
        }

        return found;
    }

    /// <summary>Objects where one of the columns, which a version of the application has without their plaintext, must not read.</summary>
    /// <exception cref="EncryptionModelException">One is; the message names the next step.</exception>
    public void DemandReadable(StoreSession session, string database, IReadOnlyList<(string Schema, string Table, string Column)> columns) =>
        (_pages.TryGetValue((session, database), out var page) && page.IsFresh ? page : throw StoreSession.CutOff()).DemandReadable(columns);

    /// <summary>Counts a read that gave plaintext, and logs the first one of a column in this process.</summary>
    public void CountPlaintext(string table, string column)
    {
        services.Metrics.AdoptionPlaintextRead();
        if (_told.TryAdd((table, column), 0))
        {
            services.Logger.AdoptionPlaintextRead(table, column);
        }
    }
}
