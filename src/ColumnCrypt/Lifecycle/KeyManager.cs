using ColumnCrypt.Adopting;
using ColumnCrypt.Audit;
using ColumnCrypt.Backup;
using ColumnCrypt.Doctor;
using ColumnCrypt.Format;
using ColumnCrypt.Jobs;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;
using ColumnCrypt.Reencrypting;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Rows;
using ColumnCrypt.Shredding;
using ColumnCrypt.Signing;
using ColumnCrypt.Stepping;
using ColumnCrypt.Store;

namespace ColumnCrypt.Lifecycle;

/// <summary>The verbs over an instance: says which part does what, and in which store. Thread-safe.</summary>
/// <param name="home">A tenant of the store that verbs without a tenant are about.</param>
/// <param name="sessionOf">The session of a tenant's store.</param>
/// <param name="parts">The instance's parts.</param>
internal sealed class KeyManager(string home, Func<string, StoreSession> sessionOf, KeyManagerParts parts) : IKeyManager
{
    public IKeyManager OfStore(string tenant) => new KeyManager(TenantId.From(tenant), sessionOf, parts);

    public async Task<InstallationInfo> InitAsync(string? tenant = null, CancellationToken cancellationToken = default)
    {
        var session = sessionOf(tenant ?? home);
        await session.Store.CreateTablesAsync(cancellationToken).ConfigureAwait(false);
        await session.Store.UpgradeTablesAsync(cancellationToken).ConfigureAwait(false);
        var made = (await parts.Installations.LoadAsync(session.Store, create: true, cancellationToken).ConfigureAwait(false))!;
        return new InstallationInfo(made.Id, Convert.ToHexStringLower(made.Commitment));
    }

    public Task<StoreStatus> GetStatusAsync(CancellationToken cancellationToken = default) => ReaderOf(home).StatusAsync(cancellationToken);

    public IAsyncEnumerable<TenantInfo> ListTenantsAsync(CancellationToken cancellationToken = default) => ReaderOf(home).TenantsAsync(cancellationToken);

    public Task<TenantInfo?> FindTenantAsync(string tenant, CancellationToken cancellationToken = default) => ReaderOf(tenant).FindTenantAsync(tenant, cancellationToken);

    public async Task<TenantInfo> SetTenantKekAsync(string tenant, string? kekId, string reason, CancellationToken cancellationToken = default) =>
        StoreReader.Describe(await new TenantKekDesk(StoreOf(tenant), KeksOf(tenant), parts.Keks, parts.Services).SetAsync(tenant, kekId, reason, cancellationToken).ConfigureAwait(false));

    public async Task<IReadOnlyList<KeyInfo>> ListKeysAsync(string tenant, CancellationToken cancellationToken = default)
    {
        var store = StoreOf(tenant);
        return await store.Session.GetInstallationAsync(create: false, cancellationToken).ConfigureAwait(false) is null
            ? []
            : [.. (await store.ReadTenantAsync(tenant, cancellationToken).ConfigureAwait(false)).Keys.Select(StoreReader.Describe)];
    }

    public Task<KeyDetail?> FindKeyAsync(KeyId keyId, CancellationToken cancellationToken = default) => ReaderOf(home).FindKeyAsync(keyId, cancellationToken);

    public async Task<KeyInfo> RotateAsync(string tenant, CancellationToken cancellationToken = default, string? reason = null) =>
        StoreReader.Describe(await TransitionsOf(tenant).RotateAsync(tenant, reason, cancellationToken).ConfigureAwait(false));

    public async Task<KeyInfo> SuspendAsync(KeyId keyId, string reason, CancellationToken cancellationToken = default) =>
        StoreReader.Describe(await TransitionsOf(home).SuspendAsync(keyId, reason, cancellationToken).ConfigureAwait(false));

    public async Task<KeyInfo> ResumeAsync(KeyId keyId, string reason, CancellationToken cancellationToken = default) =>
        StoreReader.Describe(await TransitionsOf(home).ResumeAsync(keyId, reason, cancellationToken).ConfigureAwait(false));

    public async Task<CompromiseReport> CompromiseAsync(KeyId keyId, string reason, CancellationToken cancellationToken = default)
    {
        var (key, successor) = await TransitionsOf(home).CompromiseAsync(keyId, reason, cancellationToken).ConfigureAwait(false);
        var columns = await StoreOf(home).ReadManifestAsync(cancellationToken).ConfigureAwait(false);
        return new CompromiseReport(StoreReader.Describe(key), successor is null ? null : StoreReader.Describe(successor), columns, key.ReservedUses);
    }

    public Task<IReadOnlyList<ColumnRows>> CountRowsAsync(KeyId keyId, System.Data.Common.DbDataSource data, CancellationToken cancellationToken = default) =>
        new RowCounter(StoreOf(home)).CountAsync(keyId, data, isVerdict: false, cancellationToken);

    public async Task<KeyInfo> DestroyAsync(KeyId keyId, string reason, CancellationToken cancellationToken = default) =>
        StoreReader.Describe(await TransitionsOf(home).DestroyAsync(keyId, reason, cancellationToken).ConfigureAwait(false));

    public async Task<KeyInfo> DestroyAsync(KeyId keyId, string reason, System.Data.Common.DbDataSource data, CancellationToken cancellationToken = default)
    {
        RowCounter.DemandNone(keyId, await new RowCounter(StoreOf(home)).CountAsync(keyId, data, isVerdict: true, cancellationToken).ConfigureAwait(false));
        return await DestroyAsync(keyId, reason, cancellationToken).ConfigureAwait(false);
    }

    public Task<ReencryptResult> ReencryptAsync(
        ReencryptOptions options, System.Data.Common.DbDataSource data, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default) =>
        ReencrypterOf(home).RunAsync(options, data, progress, cancellationToken);

    public Task<AdoptResult> AdoptAsync(
        AdoptOptions options, System.Data.Common.DbDataSource data, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default) =>
        AdopterOf(home).RunAsync(options, data, progress, cancellationToken);

    public Task<JobInfo> AddReencryptJobAsync(ReencryptOptions options, string database, CancellationToken cancellationToken = default) =>
        StepsOf(home).AddAsync(options, database, cancellationToken);

    public Task<JobInfo> AddAdoptJobAsync(AdoptOptions options, string database, CancellationToken cancellationToken = default) =>
        StepsOf(home).AddAsync(options, database, cancellationToken);

    public Task<JobInfo> RunRowJobAsync(
        string jobId, StepOptions how, System.Data.Common.DbDataSource data, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default) =>
        StepsOf(home).RunAsync(jobId, how, data, progress, cancellationToken);

    public Task<int> RunRowJobsAsync(
        Func<string, System.Data.Common.DbDataSource?> data, StepOptions how, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default) =>
        StepsOf(home).RunJobsAsync(data, how, progress, cancellationToken);

    public Task<IReadOnlyList<KekInfo>> ListKeksAsync(CancellationToken cancellationToken = default) => KeksOf(home).ListAsync(cancellationToken);

    public Task<KekInfo> AddKekAsync(string kekId, int priority, string reason, CancellationToken cancellationToken = default) =>
        KeksOf(home).AddAsync(kekId, priority, reason, cancellationToken);

    public Task<KekCheck> CheckKekAsync(string kekId, CancellationToken cancellationToken = default) => KeksOf(home).CheckAsync(kekId, cancellationToken);

    public Task<KekInfo> RetireKekAsync(string kekId, string reason, CancellationToken cancellationToken = default) => KeksOf(home).RetireAsync(kekId, reason, cancellationToken);

    public Task<KekInfo> DestroyKekAsync(string kekId, DateTimeOffset finalAt, string reason, CancellationToken cancellationToken = default) =>
        KeksOf(home).DestroyAsync(kekId, finalAt, reason, cancellationToken);

    public Task<RewrapResult> RewrapAsync(RewrapOptions options, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default) =>
        RewrapsOf(home).RunAsync(options, progress, cancellationToken);

    public Task<JobInfo> AddRewrapJobAsync(RewrapOptions options, CancellationToken cancellationToken = default) => RewrapsOf(home).AddAsync(options, cancellationToken);

    public Task<RewrapResult> RunJobAsync(
        string jobId, double? maxPerSecond = null, int batchSize = 500, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default) =>
        RewrapsOf(home).RunJobAsync(jobId, maxPerSecond, batchSize, progress, cancellationToken);

    public Task<JobInfo> EnqueueReencryptAsync(ReencryptOptions options, string database, CancellationToken cancellationToken = default) =>
        StepsOf(home).EnqueueAsync(options, database, cancellationToken);

    public Task<JobInfo> EnqueueAdoptAsync(AdoptOptions options, string database, CancellationToken cancellationToken = default) =>
        StepsOf(home).EnqueueAsync(options, database, cancellationToken);

    public Task<JobInfo> EnqueueRewrapAsync(RewrapOptions options, CancellationToken cancellationToken = default) => RewrapsOf(home).EnqueueAsync(options, cancellationToken);

    public Task<IReadOnlyList<JobInfo>> ListJobsAsync(CancellationToken cancellationToken = default) => RewrapsOf(home).ListJobsAsync(cancellationToken);

    public Task<JobInfo?> FindJobAsync(string jobId, CancellationToken cancellationToken = default) => RewrapsOf(home).FindJobAsync(jobId, cancellationToken);

    public Task<JobInfo> ApproveJobAsync(string jobId, CancellationToken cancellationToken = default) => RewrapsOf(home).ApproveAsync(jobId, cancellationToken);

    public Task<JobInfo> CancelJobAsync(string jobId, CancellationToken cancellationToken = default) => RewrapsOf(home).CancelAsync(jobId, cancellationToken);

    public Task<long> RepairWrapsAsync(double maxPerSecond = 10, CancellationToken cancellationToken = default) => RewrapsOf(home).RepairAsync(maxPerSecond, cancellationToken);

    public Task<int> RunJobsAsync(IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default) => RewrapsOf(home).RunJobsAsync(progress, cancellationToken);

    public async Task<TenantInfo> ScheduleShredAsync(string tenant, string reason, TimeSpan? grace = null, CancellationToken cancellationToken = default) =>
        StoreReader.Describe(await ShredderOf(tenant).ScheduleAsync(tenant, reason, grace ?? Shredder.DefaultGrace, cancellationToken).ConfigureAwait(false));

    public async Task<TenantInfo> HoldAsync(string tenant, string reason, CancellationToken cancellationToken = default) =>
        StoreReader.Describe(await ShredderOf(tenant).HoldAsync(tenant, reason, cancellationToken).ConfigureAwait(false));

    public async Task<TenantInfo> ReleaseAsync(string tenant, string reason, CancellationToken cancellationToken = default) =>
        StoreReader.Describe(await ShredderOf(tenant).ReleaseAsync(tenant, reason, cancellationToken).ConfigureAwait(false));

    public async Task<TenantInfo> CancelShredAsync(string tenant, string reason, CancellationToken cancellationToken = default) =>
        StoreReader.Describe(await ShredderOf(tenant).CancelAsync(tenant, reason, cancellationToken).ConfigureAwait(false));

    public Task ShredNowAsync(string tenant, CancellationToken cancellationToken = default, string? reason = null) =>
        ShredderOf(tenant).NowAsync(tenant, reason ?? "no reason given", cancellationToken);

    public Task<IReadOnlyList<string>> ShredDueAsync(CancellationToken cancellationToken = default) => ShredderOf(home).DueAsync(cancellationToken);

    public Task<long> ClearIndexesAsync(string tenant, System.Data.Common.DbDataSource data, CancellationToken cancellationToken = default) =>
        new IndexEraser(StoreOf(tenant)).ClearAsync(tenant, data, cancellationToken);

    public Task<string> CertifyShredAsync(string tenant, IOperatorSigner signer, CancellationToken cancellationToken = default) =>
        new CertificateIssuer(StoreOf(tenant), parts.Keks, parts.Bounds).IssueAsync(tenant, signer, cancellationToken);

    public Task<ErasureVerdict> VerifyShredAsync(
        string certificate, string fingerprint, IKeyStore? backup = null, IAsyncEnumerable<byte[]>? samples = null, CancellationToken cancellationToken = default) =>
        new CertificateVerifier(parts.Keks, parts.Services).VerifyAsync(certificate, fingerprint, StoreOf(home).Store, backup, samples, cancellationToken);

    public Task<IReadOnlyList<Finding>> ExamineAsync(IAsyncEnumerable<byte[]>? samples = null, CancellationToken cancellationToken = default) =>
        new StoreDoctor(StoreOf(home), parts.Keks, parts.Bounds).ExamineAsync(samples, cancellationToken);

    public Task<BackupInfo> BackupAsync(Stream destination, CancellationToken cancellationToken = default) => new BackupWriter(StoreOf(home)).WriteAsync(destination, cancellationToken);

    public Task<BackupInfo> RestoreAsync(Stream source, string reason, CancellationToken cancellationToken = default) =>
        new BackupRestorer(StoreOf(home), parts.Installations).RestoreAsync(source, reason, cancellationToken);

    public async IAsyncEnumerable<AuditEntry> ListAuditAsync(long after = 0, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var reader = await AuditAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var entry in reader.ListAsync(after, cancellationToken).ConfigureAwait(false))
        {
            yield return entry;
        }
    }

    public async Task<AuditVerdict> VerifyAuditAsync(AuditCheckpoint? checkpoint = null, CancellationToken cancellationToken = default) =>
        await (await AuditAsync(cancellationToken).ConfigureAwait(false)).VerifyAsync(checkpoint, cancellationToken).ConfigureAwait(false);

    public async Task<AuditCheckpoint> CheckpointAuditAsync(CancellationToken cancellationToken = default)
    {
        var reader = await AuditAsync(cancellationToken).ConfigureAwait(false);
        var checkpoint = await reader.CheckpointAsync(parts.Services.Now, cancellationToken).ConfigureAwait(false);
        return parts.Signer is { } signer ? await checkpoint.SignAsync(signer, cancellationToken).ConfigureAwait(false) : checkpoint;
    }

    private async Task<AuditReader> AuditAsync(CancellationToken cancellationToken)
    {
        var store = StoreOf(home);
        var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
        return new AuditReader(store.Store.Audit, new AuditChain(installation.Audit), installation.Id);
    }

    private OperatorStore StoreOf(string tenant) => new(sessionOf(TenantId.From(tenant)), parts.Loader, parts.Services, parts.Databases);

    private StoreReader ReaderOf(string tenant) => new(StoreOf(tenant), parts.Bounds);

    private KeyTransitions TransitionsOf(string tenant) => new(StoreOf(tenant), parts.Rotator);

    private KekDesk KeksOf(string tenant) => new(StoreOf(tenant), parts.Keks);

    private Shredder ShredderOf(string tenant) => new(StoreOf(tenant), parts.Table, parts.Services);

    private Reencrypter ReencrypterOf(string tenant)
    {
        var store = StoreOf(tenant);
        var desk = new JobDesk(store);
        return new Reencrypter(store, desk, new StepJobs(store, desk, parts.Services), parts.Rings, parts.Bounds, parts.Services);
    }

    private Adopter AdopterOf(string tenant)
    {
        var store = StoreOf(tenant);
        var desk = new JobDesk(store);
        return new Adopter(
            store, new StepJobs(store, desk, parts.Services), new AdoptionDesk(store, parts.Bounds, parts.Services.Normalisers), new AdoptionJobs(store, desk), parts.Rings, parts.Services);
    }

    private StepDesk StepsOf(string tenant)
    {
        var store = StoreOf(tenant);
        var desk = new JobDesk(store);
        return new StepDesk(store, desk, new JobRunner(store, desk), ReencrypterOf(tenant), AdopterOf(tenant));
    }

    private RewrapDesk RewrapsOf(string tenant)
    {
        var store = StoreOf(tenant);
        var desk = new JobDesk(store);
        return new RewrapDesk(store, desk, new JobRunner(store, desk), new Rewrapper(store, desk, parts.Keks, parts.Bounds, parts.Services), KeksOf(tenant), ReaderOf(tenant));
    }
}
