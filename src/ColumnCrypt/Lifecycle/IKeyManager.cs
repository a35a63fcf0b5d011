using ColumnCrypt.Adopting;
using ColumnCrypt.Audit;
using ColumnCrypt.Backup;
using ColumnCrypt.Doctor;
using ColumnCrypt.Format;
using ColumnCrypt.Jobs;
using ColumnCrypt.Reencrypting;
using ColumnCrypt.Rewrap;
using ColumnCrypt.Rows;
using ColumnCrypt.Shredding;
using ColumnCrypt.Signing;
using ColumnCrypt.Stepping;
using ColumnCrypt.Store;

namespace ColumnCrypt.Lifecycle;

/// <summary>
/// The life of keys, for operators: the verbs of the <c>columncrypt</c> command. Thread-safe. A verb that changes something needs a
/// KEK identity, writes who, when and why into the audit in the same transaction, and fails where it cannot.
/// </summary>
/// <remarks>
/// Every verb raises <see cref="KeyUnavailableException"/> where the key store or the KEK does not answer, or is not set up. A verb
/// that loses a race against other nodes tries again, eight times at most.
/// </remarks>
public interface IKeyManager
{
    /// <summary>The same verbs for the key store of a tenant, where tenants have key stores of their own.</summary>
    /// <param name="tenant">A tenant whose store is meant.</param>
    IKeyManager OfStore(string tenant);

    /// <summary>Creates the key tables and the installation key where they are missing, whatever <c>CreateTables</c> says, and adds to tables of an earlier ColumnCrypt what they lack.</summary>
    /// <param name="tenant">A tenant of the store, where each tenant's database has one of its own; else null.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<InstallationInfo> InitAsync(string? tenant = null, CancellationToken cancellationToken = default);

    /// <summary>What the store holds, counted: aggregates alone, whatever its size.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<StoreStatus> GetStatusAsync(CancellationToken cancellationToken = default);

    /// <summary>The tenants, ordered by id byte by byte, read in pages.</summary>
    /// <param name="cancellationToken">Cancels the enumeration.</param>
    IAsyncEnumerable<TenantInfo> ListTenantsAsync(CancellationToken cancellationToken = default);

    /// <summary>One tenant; null where the store does not know it.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<TenantInfo?> FindTenantAsync(string tenant, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gives a tenant a KEK of its own (bring your own key), or the application's back. Every key of the tenant gets a wrap under it, each
    /// proved by unwrapping; from then on its new keys are wrapped under that one alone, without escrow. Wraps under the old KEK stay until a
    /// rewrap for this tenant drops them. The tenant needs no keys yet.
    /// </summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="kekId">The URI of the tenant's KEK, none of the application's; null for the application's.</param>
    /// <param name="reason">Why; for the audit.</param>
    /// <param name="cancellationToken">Cancels the call between steps; called again, it goes on.</param>
    /// <exception cref="KeyUnavailableException">The KEK does not answer or refuses, or <c>UseTenantKeks</c> is missing in the configuration.</exception>
    /// <exception cref="KeyStateException">A key could not be wrapped: the tenant keeps the KEK that it has.</exception>
    Task<TenantInfo> SetTenantKekAsync(string tenant, string? kekId, string reason, CancellationToken cancellationToken = default);

    /// <summary>The keys of a tenant, oldest first; none where the tenant is unknown.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<IReadOnlyList<KeyInfo>> ListKeysAsync(string tenant, CancellationToken cancellationToken = default);

    /// <summary>One key with its wraps, dropped ones included; null where the store does not know it.</summary>
    /// <param name="keyId">The key.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<KeyDetail?> FindKeyAsync(KeyId keyId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Rotates a tenant's data key: publishes the next version as PreActive. It becomes Active after the revocation bound, on
    /// whichever node notices first. Rows stay as they are and stay readable.
    /// </summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <param name="reason">Why; for the audit. Default: none given.</param>
    /// <returns>The published key.</returns>
    /// <exception cref="KeyUnavailableException">The tenant has no key yet, or the store or the KEK is unavailable.</exception>
    /// <exception cref="TenantShreddedException">The keys of the tenant are destroyed.</exception>
    Task<KeyInfo> RotateAsync(string tenant, CancellationToken cancellationToken = default, string? reason = null);

    /// <summary>Suspends a key: it neither encrypts nor decrypts until it is resumed. In force on every node within the revocation bound.</summary>
    /// <param name="keyId">The key: PreActive, Active or Deactivated.</param>
    /// <param name="reason">Why; for the audit.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="KeyStateException">Its state does not allow it.</exception>
    Task<KeyInfo> SuspendAsync(KeyId keyId, string reason, CancellationToken cancellationToken = default);

    /// <summary>
    /// Resumes a Suspended key: as Active where it was Active and no other key is now, as PreActive where it had never been Active,
    /// as Deactivated else.
    /// </summary>
    /// <inheritdoc cref="SuspendAsync"/>
    Task<KeyInfo> ResumeAsync(KeyId keyId, string reason, CancellationToken cancellationToken = default);

    /// <summary>
    /// Declares a key compromised: it decrypts on, audited, and never encrypts again; where it was the Active data key, the next version
    /// is made and activated at once. What is under it has to be re-encrypted.
    /// </summary>
    /// <param name="keyId">The key, in any state but Destroyed.</param>
    /// <param name="reason">Why; for the audit.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>What depends on the key.</returns>
    /// <exception cref="KeyStateException">The key is Destroyed, or Compromised already.</exception>
    Task<CompromiseReport> CompromiseAsync(KeyId keyId, string reason, CancellationToken cancellationToken = default);

    /// <summary>
    /// Counts the rows that are under a key, in each column of the manifest: what a compromised key has to be re-encrypted in, and what would be
    /// lost with a key that is destroyed. Reads every row of those tables once.
    /// </summary>
    /// <param name="keyId">The key.</param>
    /// <param name="data">The application's database, or a replica of it; whoever connects must be able to read the encrypted columns.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="System.Data.Common.DbException">The database cannot be read, or a table of the manifest is gone.</exception>
    Task<IReadOnlyList<ColumnRows>> CountRowsAsync(KeyId keyId, System.Data.Common.DbDataSource data, CancellationToken cancellationToken = default);

    /// <summary>
    /// Destroys one key: its wraps are cleared, and every row under it is lost for good. Refused for an Active one. For keys under which
    /// no row is left.
    /// </summary>
    /// <inheritdoc cref="SuspendAsync"/>
    Task<KeyInfo> DestroyAsync(KeyId keyId, string reason, CancellationToken cancellationToken = default);

    /// <summary>
    /// As <see cref="DestroyAsync(KeyId, string, CancellationToken)"/>, once the rows under the key are counted in the application's database: refused
    /// where there is one, or where the manifest names columns of another database, which cannot be counted here.
    /// </summary>
    /// <param name="keyId">The key: Deactivated, Compromised, Suspended or PreActive.</param>
    /// <param name="reason">Why; for the audit.</param>
    /// <param name="data">The application's database.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="KeyStateException">Rows are under it; the message says how many, where, and what to do.</exception>
    Task<KeyInfo> DestroyAsync(KeyId keyId, string reason, System.Data.Common.DbDataSource data, CancellationToken cancellationToken = default);

    /// <summary>
    /// Moves rows that are under Deactivated or Compromised data keys to the Active ones of their tenants, in small batches, while the application
    /// runs: a row that others write meanwhile is read again, and none of their changes is lost. Blind indexes and tokens have keys of their own and
    /// stay as they are. Waits until the revocation bound after the last change of a key is over, for until then nodes may write under it. Resumable:
    /// a run of the same target goes on where the last one stopped.
    /// </summary>
    /// <param name="options">What to move, and how fast.</param>
    /// <param name="data">The application's database; whoever connects must be able to update the encrypted columns.</param>
    /// <param name="progress">Told after every batch; may be null.</param>
    /// <param name="cancellationToken">Stops after the batch under way; the job stays resumable.</param>
    /// <returns>What was done, and what is left under which key: a key under which nothing is may be destroyed.</returns>
    /// <exception cref="KeyStateException">The database holds no column of the manifest, a table has no primary key, or another process works on the same job.</exception>
    /// <exception cref="System.Data.Common.DbException">The database cannot be read or written.</exception>
    Task<ReencryptResult> ReencryptAsync(
        ReencryptOptions options, System.Data.Common.DbDataSource data, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Takes an adopted column one step further, while the application runs: fills and compares it, ends the writing of plaintext, clears the
    /// plaintext, or goes back. Rows are walked in small batches; a row that others write meanwhile is read again, and none of their changes is lost.
    /// Needed keys are made. Resumable: a run of the same step goes on where the last one stopped.
    /// </summary>
    /// <param name="options">Which column, which step, and how fast.</param>
    /// <param name="data">The application's database; whoever connects must be able to update the columns.</param>
    /// <param name="progress">Told after every batch; may be null.</param>
    /// <param name="cancellationToken">Stops after the batch under way; the job stays resumable.</param>
    /// <returns>What was done, the state that the column is in now, and what comes next.</returns>
    /// <exception cref="KeyStateException">The column cannot take this step now; the message names the one that it can.</exception>
    /// <exception cref="System.Data.Common.DbException">The database cannot be read or written.</exception>
    Task<AdoptResult> AdoptAsync(AdoptOptions options, System.Data.Common.DbDataSource data, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes the job of a re-encryption, approved, without running it; where an unfinished job of the same target is there, that one is given.
    /// </summary>
    /// <param name="options">What to move. How fast is said when it is run.</param>
    /// <param name="database">The database, as the manifest names it.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The job.</returns>
    Task<JobInfo> AddReencryptJobAsync(ReencryptOptions options, string database, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes the job of an adoption's step, approved, without running it; where an unfinished job of the same target is there, that one is given.
    /// </summary>
    /// <param name="options">The column and the step. How fast is said when it is run.</param>
    /// <param name="database">The database, as the manifest names it.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The job.</returns>
    /// <exception cref="ArgumentException">The step walks no rows, or <see cref="AdoptOptions.Form"/> is given, which no job holds.</exception>
    /// <exception cref="KeyStateException">There is no such adopted column.</exception>
    Task<JobInfo> AddAdoptJobAsync(AdoptOptions options, string database, CancellationToken cancellationToken = default);

    /// <summary>Runs one job that walks rows to its end, on from where it stopped; one that is completed stays so. What it does is in its row alone. An error that lasts stops it: it is run again by its id, or once it is approved.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="how">How fast, and where pages are read.</param>
    /// <param name="data">The database that the job is about.</param>
    /// <param name="progress">Told after every batch; may be null.</param>
    /// <param name="cancellationToken">Stops after the batch under way; the job stays resumable.</param>
    /// <returns>The job as it is then.</returns>
    /// <exception cref="KeyStateException">There is no such job, it is not approved, it is about another database, or another process works on it.</exception>
    /// <exception cref="KeyUnavailableException">The job's row was changed in the database (<see cref="KeyUnavailableReason.Tampered"/>).</exception>
    Task<JobInfo> RunRowJobAsync(
        string jobId, StepOptions how, System.Data.Common.DbDataSource data, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Runs the jobs that walk rows and are ready, or whose holder has died, until none is left whose database is given; the first error is raised once the others are done.
    /// A job that ended with an error which lasts (<see cref="ColumnCryptException.IsTransient"/> is false) is Stopped, and one of an adoption whose column somebody has moved
    /// since is withdrawn; <see cref="ListJobsAsync"/> says why. What this process's configuration or rights alone refuse leaves the job ready for others.
    /// </summary>
    /// <param name="data">Gives a database by the name that the manifest has for it; null where this process does not work on it.</param>
    /// <param name="how">How fast, and where pages are read.</param>
    /// <param name="progress">Told after every batch; may be null.</param>
    /// <param name="cancellationToken">Stops after the batch under way; the jobs stay resumable.</param>
    /// <returns>How many jobs were worked on.</returns>
    Task<int> RunRowJobsAsync(
        Func<string, System.Data.Common.DbDataSource?> data, StepOptions how, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// The KEKs that the store knows or the configuration allows. <c>hierarchical:</c> stands for the intermediate keys, whichever inner KEKs wrap these; each inner KEK is listed under its own URI.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<IReadOnlyList<KekInfo>> ListKeksAsync(CancellationToken cancellationToken = default);

    /// <summary>Makes an allowed KEK known to the store, or changes its priority. Nodes prefer a low priority when they unwrap.</summary>
    /// <param name="kekId">Its URI, which the configuration must allow.</param>
    /// <param name="priority">The order in which nodes try KEKs, lowest first.</param>
    /// <param name="reason">Why; for the audit.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<KekInfo> AddKekAsync(string kekId, int priority, string reason, CancellationToken cancellationToken = default);

    /// <summary>Proves an allowed KEK live: wraps and unwraps a throw-away key, and sees that a wrong context is refused.</summary>
    /// <param name="kekId">Its URI; of a hierarchical one the inner KEK is proved.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="EncryptionModelException">It is <c>hierarchical:</c> alone, which names no KEK.</exception>
    Task<KekCheck> CheckKekAsync(string kekId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Retires a KEK: it unwraps, and wraps nothing new. Refused while it is the only wrap of a key. An escrow wrap counts as another one: the
    /// key is not lost, but no node reads it until it is recovered.
    /// </summary>
    /// <param name="kekId">Its URI.</param>
    /// <param name="reason">Why; for the audit.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="KekInUseException">Keys would be lost with it; the message says how many.</exception>
    Task<KekInfo> RetireKekAsync(string kekId, string reason, CancellationToken cancellationToken = default);

    /// <summary>
    /// Notes that a KEK is destroyed in its backend. Refused while any key has a wrap with bytes under it. ColumnCrypt destroys no KEK
    /// itself: that is done where the KEK lives.
    /// </summary>
    /// <param name="kekId">Its URI.</param>
    /// <param name="finalAt">When the backend's deletion is final; from then on wraps under it are dead wherever they were copied to.</param>
    /// <param name="reason">Why, and for a local KEK who destroyed the copies; for the audit.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="KekInUseException">Keys have a wrap under it.</exception>
    Task<KekInfo> DestroyKekAsync(string kekId, DateTimeOffset finalAt, string reason, CancellationToken cancellationToken = default);

    /// <summary>
    /// Moves wraps to another KEK, or drops the old ones, without touching a row of data. Resumable: a rewrap of the same target goes on
    /// where the last one stopped.
    /// </summary>
    /// <param name="options">What to move where.</param>
    /// <param name="progress">Told after every batch; may be null.</param>
    /// <param name="cancellationToken">Stops after the batch under way; the job stays resumable.</param>
    /// <exception cref="KeyStateException">Old wraps are to be dropped for an escrow KEK, or another process works on the same job.</exception>
    /// <exception cref="KekInUseException">Old wraps are to be dropped while a live node has not unwrapped through the new KEK.</exception>
    Task<RewrapResult> RewrapAsync(RewrapOptions options, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes the job of a rewrap, approved, without running it: whoever has a KEK identity runs it by its id. What it may do, to drop although a
    /// node is behind included, is in the job's row under its mac; where an unfinished job of the same target is there, that one is given.
    /// </summary>
    /// <param name="options">What to move where. How fast, and after how many denials it stops, is said when it is run.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The job.</returns>
    /// <exception cref="KeyStateException">Old wraps are to be dropped for an escrow KEK.</exception>
    /// <exception cref="KekInUseException">Old wraps are to be dropped while a live node has not unwrapped through the new KEK.</exception>
    Task<JobInfo> AddRewrapJobAsync(RewrapOptions options, CancellationToken cancellationToken = default);

    /// <summary>
    /// Runs one job to its end, on from where it stopped; one that is completed stays so. What it does is in its row alone; a row that somebody changed in the database is
    /// refused. Whether old wraps may be dropped is asked again, unless the job was made with Force.
    /// </summary>
    /// <param name="jobId">The job.</param>
    /// <param name="maxPerSecond">How many keys a second at most; null, the default, for no limit.</param>
    /// <param name="batchSize">How many keys a batch has. 1 to 1,000; default 500.</param>
    /// <param name="progress">Told after every batch; may be null.</param>
    /// <param name="cancellationToken">Stops after the batch under way; the job stays resumable.</param>
    /// <exception cref="KeyStateException">There is no such job, it is withdrawn or not approved, or another process works on it.</exception>
    /// <exception cref="KeyUnavailableException">The job's row was changed in the database (<see cref="KeyUnavailableReason.Tampered"/>).</exception>
    /// <exception cref="KekInUseException">Old wraps are to be dropped while a live node has not unwrapped through the new KEK.</exception>
    Task<RewrapResult> RunJobAsync(
        string jobId, double? maxPerSecond = null, int batchSize = 500, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Asks for a rewrap without a KEK identity: writes a job that a worker with one executes once an operator has approved it.
    /// </summary>
    /// <param name="options">What to move where.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The job.</returns>
    Task<JobInfo> EnqueueRewrapAsync(RewrapOptions options, CancellationToken cancellationToken = default);

    /// <summary>
    /// Asks for a re-encryption without a KEK identity: writes a job that a worker with one, and with the database, executes once an operator has approved it.
    /// </summary>
    /// <param name="options">What to move. How fast is said when it is run.</param>
    /// <param name="database">The database, as the manifest names it.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The job.</returns>
    Task<JobInfo> EnqueueReencryptAsync(ReencryptOptions options, string database, CancellationToken cancellationToken = default);

    /// <summary>
    /// Asks for an adoption's step without a KEK identity: writes a job that a worker with one, and with the database, executes once an operator has
    /// approved it. Whether the column may take the step is said when it is run.
    /// </summary>
    /// <param name="options">The column and the step. How fast is said when it is run.</param>
    /// <param name="database">The database, as the manifest names it.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The job.</returns>
    /// <exception cref="ArgumentException"><see cref="AdoptOptions.Form"/> is given, which no job holds.</exception>
    /// <exception cref="KeyStateException">There is no such adopted column.</exception>
    Task<JobInfo> EnqueueAdoptAsync(AdoptOptions options, string database, CancellationToken cancellationToken = default);

    /// <summary>The jobs, newest first, at most 1,000.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<IReadOnlyList<JobInfo>> ListJobsAsync(CancellationToken cancellationToken = default);

    /// <summary>One job, however many there are; null where there is none of that id.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<JobInfo?> FindJobAsync(string jobId, CancellationToken cancellationToken = default);

    /// <summary>Lets a requested or stopped job run.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<JobInfo> ApproveJobAsync(string jobId, CancellationToken cancellationToken = default);

    /// <summary>Withdraws a job that is not done. What it has done stays done.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<JobInfo> CancelJobAsync(string jobId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes the wraps that keys lack of the KEKs that may lag (<see cref="Kek.KekOptions.MayLag"/>), each KEK's as a job of its own. The worker calls it. A KEK that does
    /// not answer is left for the next time; its error is raised once the others are done.
    /// </summary>
    /// <param name="maxPerSecond">How many keys a second at most: 0.05 or more.</param>
    /// <param name="cancellationToken">Stops after the batch under way.</param>
    /// <returns>How many keys got a wrap.</returns>
    Task<long> RepairWrapsAsync(double maxPerSecond = 10, CancellationToken cancellationToken = default);

    /// <summary>
    /// Runs the jobs that are ready, or whose holder has died, until none is left; the first error is raised once the others are done.
    /// A job that ended with an error which lasts is Stopped, as <see cref="RunRowJobsAsync"/> has it.
    /// Forgets nodes that have not reported for a day.
    /// </summary>
    /// <param name="progress">Told after every batch; may be null.</param>
    /// <param name="cancellationToken">Stops after the batch under way.</param>
    /// <returns>How many jobs were worked on.</returns>
    Task<int> RunJobsAsync(IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>Schedules the destruction of a tenant's keys. Until it is due the tenant is unreadable and can be brought back.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="reason">Why; for the audit and the certificate.</param>
    /// <param name="grace">How long it can be brought back. Zero or more; default 7 days.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="TenantShreddedException">The keys of the tenant are destroyed already.</exception>
    Task<TenantInfo> ScheduleShredAsync(string tenant, string reason, TimeSpan? grace = null, CancellationToken cancellationToken = default);

    /// <summary>Puts a tenant under a legal hold: while it lasts, its keys are not destroyed, due or not.</summary>
    /// <param name="tenant">The tenant, scheduled to be shredded or not.</param>
    /// <param name="reason">The hold's reason; for the audit and the certificate.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<TenantInfo> HoldAsync(string tenant, string reason, CancellationToken cancellationToken = default);

    /// <summary>Ends a legal hold.</summary>
    /// <inheritdoc cref="HoldAsync"/>
    Task<TenantInfo> ReleaseAsync(string tenant, string reason, CancellationToken cancellationToken = default);

    /// <summary>Cancels a scheduled shred: the tenant is readable again, bit for bit.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="reason">Why; for the audit.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<TenantInfo> CancelShredAsync(string tenant, string reason, CancellationToken cancellationToken = default);

    /// <summary>
    /// Destroys the keys of a tenant: every wrap is cleared, every key is Destroyed, the tenant id is a tombstone. Other nodes
    /// follow within the revocation bound. There is no way back but a backup of the key tables. Called again after a crash, it goes on.
    /// </summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="cancellationToken">Cancels the call before it commits.</param>
    /// <param name="reason">Why; for the audit. Default: none given.</param>
    /// <exception cref="TenantShreddedException">The keys of the tenant are destroyed already.</exception>
    /// <exception cref="KeyStateException">The tenant is under a legal hold.</exception>
    Task ShredNowAsync(string tenant, CancellationToken cancellationToken = default, string? reason = null);

    /// <summary>Destroys the keys of the tenants whose scheduled shred is due and not on hold.</summary>
    /// <param name="cancellationToken">Stops after the tenant under way.</param>
    /// <returns>The tenants.</returns>
    Task<IReadOnlyList<string>> ShredDueAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Sets the blind index columns of a shredded tenant's rows to NULL: without the index key they say nothing of plaintext any more, but which
    /// rows held equal values. Walks the tables of the manifest that are in the database, 500 rows in a transaction; called again, it goes on.
    /// </summary>
    /// <param name="tenant">The tenant, Shredded.</param>
    /// <param name="data">The application's database; whoever connects must be able to change the index columns.</param>
    /// <param name="cancellationToken">Stops after the page under way.</param>
    /// <returns>How many index columns' rows were cleared.</returns>
    /// <exception cref="KeyStateException">The tenant is not shredded, this is another database, a table cannot be walked, or values are left.</exception>
    Task<long> ClearIndexesAsync(string tenant, System.Data.Common.DbDataSource data, CancellationToken cancellationToken = default);

    /// <summary>Issues a signed certificate of a shred that is done: its text, to be kept outside the database.</summary>
    /// <param name="tenant">The tenant, Shredded.</param>
    /// <param name="signer">The operator's signing key.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="KeyStateException">A key of the tenant is left, or the audit is not whole.</exception>
    Task<string> CertifyShredAsync(string tenant, IOperatorSigner signer, CancellationToken cancellationToken = default);

    /// <summary>
    /// Checks a certificate against a signer that the caller trusts and against the key tables as they are now; and, with a backup of
    /// them, tries its old wraps on every KEK that the configuration allows.
    /// </summary>
    /// <param name="certificate">The certificate's text.</param>
    /// <param name="fingerprint">SHA-256 of the trusted signer's public key, 64 hex digits, learnt by another way.</param>
    /// <param name="backup">The key tables as restored from a backup; null for none.</param>
    /// <param name="samples">
    /// Stored values of the tenant, from the application's tables or their backup: each must be under a key of the certificate, so that what
    /// is true of the keys is true of the rows; null for none.
    /// </param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<ErasureVerdict> VerifyShredAsync(
        string certificate, string fingerprint, IKeyStore? backup = null, IAsyncEnumerable<byte[]>? samples = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Examines the whole key store and changes nothing: tampered and orphaned rows, wraps that are missing, single or unproved, keys near
    /// the end of their uses or cryptoperiod, unfinished shreds, contradictions with the audit, and which KEKs a backup needs.
    /// </summary>
    /// <param name="samples">Stored values of the application, whose keys are looked up; null for none.</param>
    /// <param name="cancellationToken">Cancels the examination.</param>
    /// <returns>The findings, the worst first.</returns>
    Task<IReadOnlyList<Finding>> ExamineAsync(IAsyncEnumerable<byte[]>? samples = null, CancellationToken cancellationToken = default);

    /// <summary>Writes the key tables, jobs and nodes aside, to one authenticated file. Wrapped keys stay wrapped.</summary>
    /// <param name="destination">The file.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<BackupInfo> BackupAsync(Stream destination, CancellationToken cancellationToken = default);

    /// <summary>
    /// Puts a backup into empty key tables, once it is checked whole. Every data key in it is Deactivated: what is written next is under
    /// new ones. Needs a KEK, or the escrow key, that opens the backup's installation key.
    /// </summary>
    /// <param name="source">The file; it must be seekable.</param>
    /// <param name="reason">Why; for the audit.</param>
    /// <param name="cancellationToken">Cancels the call; restoring the same backup again completes what is there in part, and nothing uses it until then.</param>
    /// <exception cref="KeyStateException">The key tables are not empty.</exception>
    /// <exception cref="ColumnCryptException">The file is no backup, not whole, or not as it was written.</exception>
    Task<BackupInfo> RestoreAsync(Stream source, string reason, CancellationToken cancellationToken = default);

    /// <summary>The audit, in the order of its chain, read in pages.</summary>
    /// <param name="after">The number before the first entry wanted; 0 from the start.</param>
    /// <param name="cancellationToken">Cancels the enumeration.</param>
    IAsyncEnumerable<AuditEntry> ListAuditAsync(long after = 0, CancellationToken cancellationToken = default);

    /// <summary>Checks every entry of the audit: number, previous hash and mac; and an outside checkpoint where one is given.</summary>
    /// <param name="checkpoint">A checkpoint that was kept outside the database; null for none.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The verdict: it names the first bad entry.</returns>
    Task<AuditVerdict> VerifyAuditAsync(AuditCheckpoint? checkpoint = null, CancellationToken cancellationToken = default);

    /// <summary>Chains what application nodes have written, and returns the end of the chain, to be kept outside the database.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<AuditCheckpoint> CheckpointAuditAsync(CancellationToken cancellationToken = default);
}
