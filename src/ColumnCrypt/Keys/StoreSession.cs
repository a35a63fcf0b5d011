using System.Collections.Concurrent;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Store;
using ColumnCrypt.Threading;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Keys;

/// <summary>
/// One key store as this node knows it: its installation key, the generation last seen and when, and the row versions seen.
/// Thread-safe.
/// </summary>
internal sealed class StoreSession(IKeyStore store, InstallationLoader installations, KeyBounds bounds, RingServices services)
{
    private readonly SingleFlight<Installation?> _installing = new();
    private readonly SingleFlight<long> _polling = new();
    private readonly ConcurrentDictionary<string, int> _rotatedAfter = new(StringComparer.Ordinal);
    private volatile Installation? _installation;
    private volatile KekStanding _standing = KekStanding.Unknown;
    private long _generation = -1;
    private long _readAt;
    private int _rollbacks;
    private long _announced;
    private volatile bool _blocked;
    private volatile Func<Task>[] _readAgain = [];

    public IKeyStore Store => store;

    /// <summary>What the store says of the KEKs; read again with every change of the generation.</summary>
    public KekStanding Standing => _standing;

    /// <summary>Compromised keys under which values were read here.</summary>
    public CompromisedUses CompromisedUses { get; } = new();

    public UseMemory Uses { get; } = new(bounds.MaxCachedKeys * 2);

    public VersionMemory Versions { get; } = new(bounds.MaxCachedKeys * 3);

    /// <summary>How often the store has gone back.</summary>
    public int Rollbacks => Volatile.Read(ref _rollbacks);

    /// <summary>True where the store has gone back since this node last rotated the tenant's key.</summary>
    public bool MustRotate(string tenant)
    {
        int rollbacks = Volatile.Read(ref _rollbacks);
        return rollbacks > 0 && _rotatedAfter.GetValueOrDefault(tenant) < rollbacks;
    }

    /// <summary>Notes that the tenant's key is younger than the first <paramref name="rollbacks"/> roll-backs.</summary>
    public void MarkRotated(string tenant, int rollbacks)
    {
        if (rollbacks > 0)
        {
            _rotatedAfter[tenant] = rollbacks;
        }
    }

    /// <summary>True where the generation counter was read within the revocation bound.</summary>
    public bool IsFresh => IsInUse && services.Time.GetElapsedTime(Volatile.Read(ref _readAt)) <= bounds.RevocationBound;

    /// <summary>True once the generation counter was read.</summary>
    public bool IsInUse => Interlocked.Read(ref _generation) >= 0;

    /// <summary>
    /// The installation key; null where the store has none yet and <paramref name="create"/> is false. With
    /// <paramref name="create"/>, tables and key are made where the store allows the application to.
    /// </summary>
    public async Task<Installation?> GetInstallationAsync(bool create, CancellationToken cancellationToken)
    {
        var known = _installation;
        if (known is not null)
        {
            return known;
        }

        var found = await _installing.RunAsync(() => InstallAsync(create && store.CreatesTables), cancellationToken).ConfigureAwait(false);
        if (found is null && create)
        {
            // Joined a flight of readers, who create nothing.
            found = await _installing.RunAsync(() => InstallAsync(store.CreatesTables), cancellationToken).ConfigureAwait(false);
        }

        return found ?? (create ? throw InstallationLoader.NotInitialized() : null);
    }

    /// <summary>
    /// Demands that the generation counter was read within the revocation bound, and reads it where it was not: a node that is
    /// cut off from the key store cannot know of a suspension.
    /// </summary>
    public ValueTask EnsureFreshAsync(CancellationToken cancellationToken) =>
        IsFresh
            ? ValueTask.CompletedTask
            : new ValueTask(ReadGenerationAsync(cancellationToken));

    /// <summary>True while the keys of this store must not be used: it did not answer for the revocation bound.</summary>
    public bool IsBlocked => _blocked;

    /// <summary>Blocks the keys of this store where its generation counter was not read within the revocation bound.</summary>
    public void BlockIfCutOff(Exception error)
    {
        if (!_blocked && services.Time.GetElapsedTime(Volatile.Read(ref _readAt)) > bounds.RevocationBound)
        {
            _blocked = true;
            services.Logger.StoreUnreachable(error);
        }
    }

    public static KeyUnavailableException CutOff() => new(
        KeyUnavailableReason.Unavailable,
        "The key store did not answer for the revocation bound, so this node cannot know whether its keys may still be used. They serve again as soon as it answers.");

    /// <summary>
    /// How many rounds of changes this node has begun to take in. Whoever caches what he read compares it with what it was before he
    /// read: a round that began in between has not reached him.
    /// </summary>
    public long Announced => Interlocked.Read(ref _announced);

    /// <summary>Raised by <see cref="ReadGenerationAsync"/> with the generation before; awaited before it returns.</summary>
    public Func<long, Task>? GenerationChanged { get; set; }

    /// <summary>Reads something again with every change of the generation, before that counts as seen.</summary>
    public void ReadAgain(Func<Task> read)
    {
        lock (_installing)
        {
            _readAgain = [.. _readAgain, read];
        }
    }

    /// <summary>Reads the generation counter and lets the rings of changed tenants be refreshed.</summary>
    public Task<long> ReadGenerationAsync(CancellationToken cancellationToken) => _polling.RunAsync(
        async () =>
        {
            long startedAt = services.Time.GetTimestamp();
            long read = await store.ReadGenerationAsync(CancellationToken.None).ConfigureAwait(false);
            if (read < 0)
            {
                throw new KeyUnavailableException(
                    KeyUnavailableReason.Tampered,
                    "The generation counter of the key store is below zero, which ColumnCrypt never writes. Compare the key tables with a backup, and look who wrote to them.");
            }

            long seen = Interlocked.Read(ref _generation);
            if (read < seen)
            {
                services.Logger.StoreRolledBack(seen, read);
                Interlocked.Increment(ref _rollbacks);
            }

            if (seen >= 0 && read != seen && _installation is { } installation)
            {
                var standing = await installations.ReadStandingAsync(store, installation, CancellationToken.None).ConfigureAwait(false);
                _standing = standing.FindOlder(_standing) is { } older ? throw installation.Rows.Tampered("columncrypt_kek", older) : standing;
            }

            foreach (var again in seen >= 0 && read != seen ? _readAgain : [])
            {
                await again().ConfigureAwait(false);
            }

            if (seen >= 0 && read != seen && GenerationChanged is { } changed)
            {
                Interlocked.Increment(ref _announced);
                await changed(Math.Min(read, seen)).ConfigureAwait(false);
            }

            Interlocked.Exchange(ref _generation, read);
            Volatile.Write(ref _readAt, startedAt);
            _blocked = false;
            return read;
        },
        cancellationToken);

    /// <summary>As <see cref="ReadGenerationAsync"/>, but joins no reading under way: that may have read before the change at hand.</summary>
    public async Task ReadGenerationAnewAsync()
    {
        await _polling.EndedAsync().ConfigureAwait(false);
        await ReadGenerationAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private async Task<Installation?> InstallAsync(bool create)
    {
        var installation = _installation ?? await installations.LoadAsync(store, create, CancellationToken.None).ConfigureAwait(false);
        if (installation is not null && _installation is null)
        {
            _standing = await installations.ReadStandingAsync(store, installation, CancellationToken.None).ConfigureAwait(false);
        }

        _installation = installation;
        return installation;
    }
}
