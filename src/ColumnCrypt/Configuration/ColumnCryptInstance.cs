using System.Collections.Concurrent;
using System.Data.Common;
using ColumnCrypt.Audit;
using ColumnCrypt.Columns;
using ColumnCrypt.Crypto;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using ColumnCrypt.Search;
using ColumnCrypt.Store;
using ColumnCrypt.Threading;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ColumnCrypt.Configuration;

/// <summary>
/// One configured ColumnCrypt: its key store, its KEKs and its cache of key rings. Thread-safe. One per process and name.
/// Making it does no I/O.
/// </summary>
public sealed class ColumnCryptInstance : IAsyncDisposable, IDisposable
{
    private const int MaxReason = 200;

    private readonly ConcurrentDictionary<string, Lazy<StoreSession>> _sessions = new(StringComparer.Ordinal);
    private readonly DatabaseNames _databases;
    private readonly ColumnManifest _manifest;
    private readonly AdoptionStates _adoptions;
    private readonly Func<string, string> _storeNameOfTenant;
    private readonly Func<string, IKeyStore> _openStore;
    private readonly KeyBounds _bounds;
    private readonly RingServices _services;
    private readonly KekCaller _keks;
    private readonly InstallationLoader _installations;
    private readonly RingTable _table;
    private readonly KeyRings _rings;
    private readonly RingWatch _watch;
    private int _disposed;

    internal ColumnCryptInstance(ColumnCryptBuilder builder)
    {
        ConfigurationCheck.ThrowIfWrong(builder);
        Name = builder.Name;
        _bounds = builder.Bounds;
        _storeNameOfTenant = builder.StoreNameOfTenant;
        _openStore = builder.OpenStore!;
        var time = builder.Time ?? builder.Services?.GetService<TimeProvider>() ?? TimeProvider.System;
        var logger = (builder.Logging ?? builder.Services?.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger(ColumnCryptMetrics.Name);
        var metrics = new ColumnCryptMetrics(builder.Name, () => _table?.CachedKeys ?? 0);
        var ciphers = new AeadContexts(ConfigurationCheck.ChooseCipher(builder, logger), _bounds.MaxCipherContexts);
        _services = new RingServices(time, logger, metrics, new SecretMemory(_bounds.LockedMemoryLimit, logger.MemoryNotLocked), new NonceSource(time), ciphers, new AuditEntries(builder.Actor, time), builder.Ledger, new IndexNormalisers(builder.IndexNormalisers));
        _keks = ConfigurationCheck.OpenKeks(builder, _services);
        _installations = new InstallationLoader(_keks, builder.PinnedCommitment, _services);
        _databases = new DatabaseNames(builder.DatabaseName, logger);
        _manifest = new ColumnManifest(_services);
        _adoptions = new AdoptionStates(_bounds, _services);
        var maker = new KeyMaker(_keks, _installations, _services);
        var loader = new RingLoader(_keks, _services);
        var rotator = new KeyRotator(maker, loader, _bounds, _services);
        _table = new RingTable(_bounds, time);
        var preparer = new KeyPreparer(maker, rotator, _bounds, _services);
        var indexPreparer = new IndexKeyPreparer(maker);
        var refresher = new RingRefresher(_table, loader, preparer, _bounds, _services);
        var synchronous = new SynchronousKeys(_table, refresher, preparer, indexPreparer, rotator, _bounds, _services);
        _rings = new KeyRings(_table, loader, refresher, preparer, indexPreparer, synchronous, _services);
        _watch = new RingWatch(_table, refresher, rotator, new NodeReporter(_keks, _bounds, _services), _keks, _bounds, _services);
        Keys = new KeyManager(TenantId.Default, SessionOf, new KeyManagerParts(_installations, loader, rotator, _table, _rings, _keks, _bounds, _services, _databases, builder.Signer));
    }

    /// <summary>The name; "" for the default instance.</summary>
    public string Name { get; }

    /// <summary>The life of this instance's keys.</summary>
    public IKeyManager Keys { get; }

    /// <summary>
    /// Whose AES-256-GCM encrypts and decrypts values: <c>libcrypto</c>, the OpenSSL that .NET has loaded, called directly, or <c>AesGcm</c>. Each
    /// reads what the other wrote.
    /// </summary>
    public string Cipher => _services.Ciphers.Provider.Name;

    /// <summary>The keys in the cache.</summary>
    internal int CachedKeys => _table.CachedKeys;

    /// <summary>The KEKs that new keys are wrapped under or keys unwrapped through, and whether each wraps.</summary>
    internal IEnumerable<(string KekId, bool Wraps)> Keks => _keks.InUse;

    /// <summary>Returns where a KEK of the configuration can be used now.</summary>
    /// <exception cref="KeyUnavailableException">It cannot.</exception>
    internal Task CheckKekAsync(string kekId, CancellationToken cancellationToken) => _keks.CheckAsync(kekId, cancellationToken);

    /// <summary>Makes an instance without a dependency-injection container. Does no I/O.</summary>
    /// <param name="configure">Says where keys live and which KEKs wrap them.</param>
    /// <exception cref="EncryptionModelException">The configuration is wrong; the message names every mistake.</exception>
    public static ColumnCryptInstance Create(Action<ColumnCryptBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var builder = new ColumnCryptBuilder("", null);
        configure(builder);
        return new ColumnCryptInstance(builder);
    }

    /// <summary>The ring of a tenant, loaded where it is not cached.</summary>
    /// <param name="tenant">The tenant id, as <see cref="TenantId.From"/> writes it.</param>
    /// <param name="uses">
    /// How many uses of the data key are about to follow, a use being 64 KiB begun; 0 where the ring is only read. With 1 or
    /// more, the tenant's first key is made where there is none, and the uses are reserved and granted to the lease.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait; a load that others wait for goes on.</param>
    /// <exception cref="KeyUnavailableException">The keys cannot be used now.</exception>
    /// <exception cref="TenantShreddedException">
    /// The keys of the tenant are destroyed and <paramref name="uses"/> is not 0; a ring to read from fails at its first value.
    /// </exception>
    public ValueTask<KeyRingLease> AcquireRingAsync(string tenant, long uses, CancellationToken cancellationToken) =>
        AcquireRingAsync(tenant, uses, IndexVersions.None, cancellationToken);

    /// <summary>The ring of a tenant, with the index keys that are about to be used.</summary>
    /// <param name="tenant">The tenant id, as <see cref="TenantId.From"/> writes it.</param>
    /// <param name="uses">How many uses of the data key are about to follow; 0 for none.</param>
    /// <param name="indexes">
    /// The index versions that are about to be written or compared. A missing key of one that is written is made and committed first; one that
    /// is only compared is looked up in the key store, and never made.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait; a load that others wait for goes on.</param>
    /// <inheritdoc cref="AcquireRingAsync(string, long, CancellationToken)" path="/exception"/>
    public ValueTask<KeyRingLease> AcquireRingAsync(string tenant, long uses, IndexVersions indexes, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        ArgumentOutOfRangeException.ThrowIfNegative(uses);
        ArgumentNullException.ThrowIfNull(indexes);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return _rings.AcquireAsync(SessionOf(tenant), tenant, uses, indexes, cancellationToken);
    }

    /// <summary>
    /// As <see cref="AcquireRingAsync(string, long, CancellationToken)"/>. Blocks the thread once where the ring is cold, or where uses must be reserved.
    /// </summary>
    /// <inheritdoc cref="AcquireRingAsync(string, long, CancellationToken)"/>
    public KeyRingLease AcquireRing(string tenant, long uses) => AcquireRing(tenant, uses, IndexVersions.None);

    /// <summary>
    /// As <see cref="AcquireRingAsync(string, long, IndexVersions, CancellationToken)"/>. Blocks the thread once where the ring is cold, where uses must
    /// be reserved, or where an index key must be made or looked up.
    /// </summary>
    /// <inheritdoc cref="AcquireRingAsync(string, long, IndexVersions, CancellationToken)"/>
    public KeyRingLease AcquireRing(string tenant, long uses, IndexVersions indexes)
    {
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        ArgumentOutOfRangeException.ThrowIfNegative(uses);
        ArgumentNullException.ThrowIfNull(indexes);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return _rings.AcquireBlocking(SessionOf(tenant), tenant, uses, indexes);
    }

    /// <summary>Gives leave to read the values of several tenants at once, on purpose: it is logged with its reason, and counted. Does no I/O.</summary>
    /// <param name="reason">Why, for the log: at most 200 characters, and no personal data.</param>
    /// <param name="tenants">The tenant ids, as <see cref="TenantId.From"/> writes them; at least one.</param>
    /// <exception cref="ArgumentException">There is no reason, or no tenant, or an id is none.</exception>
    public CrossTenantAccess AcrossTenants(string reason, IEnumerable<string> tenants)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(reason.Length, MaxReason, nameof(reason));
        ArgumentNullException.ThrowIfNull(tenants);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        var all = tenants.Select(static tenant => TenantId.From(tenant)).ToHashSet(StringComparer.Ordinal);
        if (all.Count == 0)
        {
            throw new ArgumentException("Name the tenants whose rows are read: at least one.", nameof(tenants));
        }

        _services.Logger.AcrossTenants(all.Count, reason);
        _services.Metrics.AcrossTenants();
        return new CrossTenantAccess(reason, all, (tenant, token) => AcquireRingAsync(tenant, 0, token), tenant => AcquireRing(tenant, 0), _bounds.MaxConcurrentKekCalls);
    }

    /// <summary>Checks indexes before they are used: that their normalisers are registered, and meet their known answers on this machine.</summary>
    /// <param name="indexes">The indexes of an application.</param>
    /// <exception cref="EncryptionModelException">One cannot be used; the message names every mistake.</exception>
    public void CheckIndexes(IEnumerable<IndexDefinition> indexes)
    {
        ArgumentNullException.ThrowIfNull(indexes);
        _services.Normalisers.ThrowIfUnusable(indexes);
    }

    /// <summary>The form of a text that an index with a normaliser is made of, for example to count its characters or its <see cref="TextWords"/>.</summary>
    /// <param name="normaliser">Name and version; <c>none@1</c> gives the text as it is.</param>
    /// <param name="text">The text.</param>
    /// <exception cref="EncryptionModelException">The normaliser is not registered, or does not meet its known answers on this machine.</exception>
    public string Normalise(string normaliser, string text)
    {
        ArgumentNullException.ThrowIfNull(normaliser);
        ArgumentNullException.ThrowIfNull(text);
        return _services.Normalisers.Get(normaliser)?.Normalise(text) ?? text;
    }

    /// <summary>
    /// Encrypts and decrypts the values of one column of a tenant, and computes their blind indexes, outside Entity Framework: with raw ADO.NET,
    /// Dapper, COPY. The keys are there when it is.
    /// </summary>
    /// <typeparam name="T">The CLR type; its codec is <see cref="ValueCodecs.For{T}"/>.</typeparam>
    /// <param name="tenant">The tenant id, as <see cref="TenantId.From"/> writes it.</param>
    /// <param name="purpose">The purpose of the column, as the entity's property has it.</param>
    /// <param name="values">How many values are about to be written; 0 where they are only decrypted or looked up.</param>
    /// <param name="codec">Another codec than the type's own; null for that.</param>
    /// <param name="indexes">The blind indexes of the column, as the entity's property declares them; null for none.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="EncryptionModelException">An index cannot be, or its normaliser cannot be used here.</exception>
    /// <exception cref="KeyUnavailableException">The keys cannot be used now.</exception>
    /// <exception cref="TenantShreddedException">The keys of the tenant are destroyed and <paramref name="values"/> is not 0.</exception>
    /// <remarks>No manifest is compared: this knows of no table. Disposing gives the keys back.</remarks>
    public async ValueTask<ColumnCipher<T>> GetCipherAsync<T>(
        string tenant, string purpose, long values = 0, ValueCodec<T>? codec = null, ColumnIndexes? indexes = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(purpose);
        var cipher = new ColumnCipher<T>(
            tenant,
            purpose,
            codec ?? ValueCodecs.For<T>(),
            indexes ?? new ColumnIndexes(),
            (uses, versions) => AcquireRing(tenant, uses, versions),
            (uses, versions, cancellation) => AcquireRingAsync(tenant, uses, versions, cancellation),
            _services.Time);
        CheckIndexes(cipher.Definitions);
        await cipher.PrepareAsync(values, cancellationToken).ConfigureAwait(false);
        return cipher;
    }

    /// <summary>The name of a connection's database in the manifest. Does no I/O.</summary>
    /// <param name="tenant">The tenant whose key store holds the manifest.</param>
    /// <param name="connection">A connection, open or not.</param>
    public string NameOfDatabase(string tenant, DbConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return _databases.Of(SessionOf(tenant), connection);
    }

    /// <summary>
    /// Compares the encrypted columns of an application with the manifest and writes those that are new, and index columns that are. Called before
    /// a first write; returns at once where the very same list was registered before.
    /// </summary>
    /// <param name="tenant">The tenant whose key store holds the manifest.</param>
    /// <param name="database">The database, as the application names it.</param>
    /// <param name="columns">All encrypted columns of the application in that database; Mac and RowVersion are set here.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="EncryptionModelException">A known column has another purpose or codec than before.</exception>
    public ValueTask RegisterColumnsAsync(string tenant, string database, IReadOnlyList<ColumnRecord> columns, CancellationToken cancellationToken) =>
        RegisterColumnsAsync(tenant, database, columns, null, cancellationToken);

    /// <summary>As <see cref="RegisterColumnsAsync(string, string, IReadOnlyList{ColumnRecord}, CancellationToken)"/>, by a caller that can look into the columns.</summary>
    /// <param name="tenant">The tenant whose key store holds the manifest.</param>
    /// <param name="database">The database, as the application names it.</param>
    /// <param name="columns">All encrypted columns of the application in that database; Mac and RowVersion are set here.</param>
    /// <param name="isLone">
    /// Whether a column holds ciphertext where its plaintext is NULL, as far as a look at some rows says. Asked of a column that is declared adopted and that the manifest does not
    /// know, where there can be none: it was adopted before, and is refused. Null where nobody looks.
    /// </param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="EncryptionModelException">A known column has another purpose or codec than before; or one that is not known was adopted before.</exception>
    public ValueTask RegisterColumnsAsync(
        string tenant, string database, IReadOnlyList<ColumnRecord> columns, Func<ColumnRecord, CancellationToken, Task<bool>>? isLone, CancellationToken cancellationToken)
    {
        var session = SessionOf(tenant);
        return _manifest.IsRegistered(session, database, columns)
            ? ValueTask.CompletedTask
            : new ValueTask(RegisterAsync(session, database, columns, isLone, cancellationToken));
    }

    /// <summary>As <see cref="RegisterColumnsAsync(string, string, IReadOnlyList{ColumnRecord}, CancellationToken)"/>. Blocks the thread once per list of columns.</summary>
    /// <inheritdoc cref="RegisterColumnsAsync(string, string, IReadOnlyList{ColumnRecord}, CancellationToken)"/>
    public void RegisterColumns(string tenant, string database, IReadOnlyList<ColumnRecord> columns) => RegisterColumns(tenant, database, columns, null);

    /// <summary>As <see cref="RegisterColumns(string, string, IReadOnlyList{ColumnRecord})"/>, by a caller that can look into the columns.</summary>
    /// <inheritdoc cref="RegisterColumnsAsync(string, string, IReadOnlyList{ColumnRecord}, Func{ColumnRecord, CancellationToken, Task{bool}}?, CancellationToken)"/>
    public void RegisterColumns(string tenant, string database, IReadOnlyList<ColumnRecord> columns, Func<ColumnRecord, CancellationToken, Task<bool>>? isLone)
    {
        var session = SessionOf(tenant);
        if (!_manifest.IsRegistered(session, database, columns))
        {
            SyncBridge.Run(() => RegisterAsync(session, database, columns, isLone, CancellationToken.None));
        }
    }

    /// <summary>
    /// Lets <see cref="FindAdoption"/> answer for the columns of a database: reads the manifest where it was not read, or not within the revocation
    /// bound. Returns at once where nothing is to be read.
    /// </summary>
    /// <param name="tenant">The tenant whose key store holds the manifest.</param>
    /// <param name="database">The database, as the application names it.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="KeyUnavailableException">The key store does not answer, or a row of the manifest is not as ColumnCrypt wrote it.</exception>
    public ValueTask PrepareAdoptionsAsync(string tenant, string database, CancellationToken cancellationToken)
    {
        var session = SessionOf(tenant);
        return _adoptions.IsPrepared(session, database) ? ValueTask.CompletedTask : new ValueTask(_adoptions.PrepareAsync(session, database, cancellationToken));
    }

    /// <summary>As <see cref="PrepareAdoptionsAsync"/>. Blocks the thread where something is to be read.</summary>
    /// <inheritdoc cref="PrepareAdoptionsAsync"/>
    public void PrepareAdoptions(string tenant, string database)
    {
        var session = SessionOf(tenant);
        if (!_adoptions.IsPrepared(session, database))
        {
            SyncBridge.Run(() => _adoptions.PrepareAsync(session, database, CancellationToken.None));
        }
    }

    /// <summary>
    /// The adoption of a column as this node knows it, without waiting; null where it was never adopted. <see cref="PrepareAdoptionsAsync"/> is
    /// awaited before, in the same operation.
    /// </summary>
    /// <param name="tenant">The tenant whose key store holds the manifest.</param>
    /// <param name="database">The database, as the application names it.</param>
    /// <param name="schema">The schema, or "" where the database has none.</param>
    /// <param name="table">The table.</param>
    /// <param name="column">The encrypted column; in place, the column itself.</param>
    /// <param name="purpose">The purpose of its values.</param>
    /// <exception cref="KeyUnavailableException">What is known is older than the revocation bound, or was never read: it must not be believed.</exception>
    /// <exception cref="EncryptionModelException">The column is not known, and another one with its purpose is past its plaintext: it was renamed.</exception>
    public ColumnAdoption? FindAdoption(string tenant, string database, string schema, string table, string column, string purpose) =>
        _adoptions.Find(SessionOf(tenant), database, schema, table, column, purpose);

    /// <summary>
    /// Objects where a version of the application that has columns without their plaintext must not read them: one is being adopted, or on its way back, and
    /// another version may have written its plaintext alone. Without waiting; <see cref="PrepareAdoptionsAsync"/> is awaited before, in the same operation.
    /// Thread-safe.
    /// </summary>
    /// <param name="tenant">The tenant whose key store holds the manifest.</param>
    /// <param name="database">The database, as the application names it.</param>
    /// <param name="columns">The columns; the schema is "" where the database has none.</param>
    /// <exception cref="KeyUnavailableException">What is known is older than the revocation bound, or was never read: it must not be believed.</exception>
    /// <exception cref="EncryptionModelException">One of them is; the message names the next step.</exception>
    public void DemandReadable(string tenant, string database, IReadOnlyList<(string Schema, string Table, string Column)> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        _adoptions.DemandReadable(SessionOf(tenant), database, columns);
    }

    /// <summary>
    /// True where a column that is adopted in place may hold plaintext now: until its deadline while it is being encrypted, and on the way back.
    /// Thread-safe; never blocks.
    /// </summary>
    /// <param name="adoption">What <see cref="FindAdoption"/> gave, or what the model declares where the column is not registered yet.</param>
    public bool ReadsPlaintext(ColumnAdoption adoption)
    {
        ArgumentNullException.ThrowIfNull(adoption);
        return adoption.State switch
        {
            AdoptionState.None or AdoptionState.Dual => !adoption.IsOverdue(_services.Now),
            AdoptionState.Returning or AdoptionState.Returned => true,
            _ => false,
        };
    }

    /// <summary>
    /// True where plaintext is written into a column that is adopted in place: on the way back, once every node has heard of it and reads it.
    /// Thread-safe; never blocks.
    /// </summary>
    /// <inheritdoc cref="ReadsPlaintext" path="/param"/>
    public bool WritesPlaintext(ColumnAdoption adoption)
    {
        ArgumentNullException.ThrowIfNull(adoption);
        return adoption.State == AdoptionState.Returned || (adoption.State == AdoptionState.Returning && adoption.Since + _bounds.RevocationBound <= _services.Now);
    }

    /// <summary>What to say of the columns whose adoption was to be over by now, as far as this node knows them.</summary>
    internal IReadOnlyList<string> OverdueAdoptions => _adoptions.Overdue;

    /// <summary>
    /// Counts a read of an adopted column that gave plaintext (<c>columncrypt.adoption.plaintext_reads</c>), and logs the first one of a column in
    /// this process. Thread-safe; never blocks.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="column">The encrypted column; in place, the column itself.</param>
    public void CountPlaintextRead(string table, string column) => _adoptions.CountPlaintext(table, column);

    /// <summary>Ends background work and evicts every ring; keys in use are zeroed when their last lease is gone.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _watch.Dispose();
            _table.EvictAll();
            _keks.Dispose();
            _services.Metrics.Dispose();
            foreach (var session in _sessions.Values.Where(static session => session.IsValueCreated))
            {
                (session.Value.Store as IDisposable)?.Dispose();
            }
        }
    }

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task RegisterAsync(
        StoreSession session, string database, IReadOnlyList<ColumnRecord> columns, Func<ColumnRecord, CancellationToken, Task<bool>>? isLone, CancellationToken cancellationToken)
    {
        await _manifest.RegisterAsync(session, database, columns, isLone, cancellationToken).ConfigureAwait(false);
        if (columns.Any(static column => column.Adoption.Length > 0))
        {
            await _adoptions.RefreshAsync(session, database).ConfigureAwait(false);
        }
    }

    private StoreSession SessionOf(string tenant) => _sessions.GetOrAdd(_storeNameOfTenant(tenant), name => new Lazy<StoreSession>(() =>
    {
        var session = new StoreSession(_openStore(name), _installations, _bounds, _services);
        _watch.Add(session);
        return session;
    })).Value;
}
