using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Diagnostics;

/// <summary>The log messages: tenants, key ids and KEK URIs, never data or key bytes.</summary>
internal static partial class Log
{

    [LoggerMessage(1001, LogLevel.Information, "Data key {KeyId}, version {Version}, made for tenant {Tenant}.", EventName = "KeyCreated")]
    public static partial void KeyCreated(this ILogger logger, string keyId, int version, string tenant);

    [LoggerMessage(1002, LogLevel.Information, "Data key {KeyId}, version {Version}, of tenant {Tenant} is Active.", EventName = "KeyActivated")]
    public static partial void KeyActivated(this ILogger logger, string keyId, int version, string tenant);

    [LoggerMessage(1003, LogLevel.Debug, "Ring of tenant {Tenant} loaded with {Count} keys.", EventName = "RingLoaded")]
    public static partial void RingLoaded(this ILogger logger, string tenant, int count);

    [LoggerMessage(1004, LogLevel.Warning, "Ring of tenant {Tenant} could not be refreshed; its cached keys serve on to the stale limit.", EventName = "RingStale")]
    public static partial void RingStale(this ILogger logger, string tenant, Exception error);

    [LoggerMessage(1005, LogLevel.Warning, "Cached keys of tenant {Tenant} evicted.", EventName = "RingEvicted")]
    public static partial void RingEvicted(this ILogger logger, string tenant, Exception error);

    [LoggerMessage(1006, LogLevel.Warning, "Key {KeyId} was unknown here and is looked up synchronously for tenant {Tenant}.", EventName = "SynchronousLoad")]
    public static partial void SynchronousLoad(this ILogger logger, string keyId, string tenant);

    [LoggerMessage(1007, LogLevel.Error, "A row of {Table} was changed by somebody else than ColumnCrypt: {Row}.", EventName = "RowTampered")]
    public static partial void RowTampered(this ILogger logger, string table, string row);

    [LoggerMessage(1008, LogLevel.Error, "The key tables name the KEK {Kek}, which the configuration does not allow. It is not called.", EventName = "KekRefused")]
    public static partial void KekRefused(this ILogger logger, string kek);

    [LoggerMessage(1009, LogLevel.Critical, "The generation counter went back from {Seen} to {Read}: the key store was restored or rolled back. Every data key is rotated before its next write.", EventName = "StoreRolledBack")]
    public static partial void StoreRolledBack(this ILogger logger, long seen, long read);

    [LoggerMessage(1010, LogLevel.Warning, "The reserved uses of key {KeyId} went back; this node goes on from its own high-water mark.", EventName = "ReservationRolledBack")]
    public static partial void ReservationRolledBack(this ILogger logger, string keyId);

    [LoggerMessage(1011, LogLevel.Warning, "Key memory is not locked into RAM: {Why}. Raise the memlock limit, or set LockedMemoryLimit to 0 to accept it.", EventName = "MemoryNotLocked")]
    public static partial void MemoryNotLocked(this ILogger logger, string why);

    [LoggerMessage(1012, LogLevel.Information, "Installation key {KeyId} made. Pin its commitment in the configuration: {Commitment}.", EventName = "InstallationCreated")]
    public static partial void InstallationCreated(this ILogger logger, string keyId, string commitment);

    [LoggerMessage(1013, LogLevel.Warning, "{What} failed and will be tried again.", EventName = "BackgroundFailed")]
    public static partial void BackgroundFailed(this ILogger logger, string what, Exception error);

    [LoggerMessage(1014, LogLevel.Information, "Data key {KeyId} of tenant {Tenant} has {Uses} reserved uses and is rotated.", EventName = "BudgetRotation")]
    public static partial void BudgetRotation(this ILogger logger, string keyId, string tenant, long uses);

    [LoggerMessage(1015, LogLevel.Warning, "The key store did not answer for the revocation bound; its cached keys are not used until it does.", EventName = "StoreUnreachable")]
    public static partial void StoreUnreachable(this ILogger logger, Exception error);

    [LoggerMessage(1016, LogLevel.Warning, "The keys of tenant {Tenant} are destroyed.", EventName = "TenantShredded")]
    public static partial void TenantShredded(this ILogger logger, string tenant);

    [LoggerMessage(1017, LogLevel.Warning, "The cryptoperiod of data key {KeyId} of tenant {Tenant} ends on {End:yyyy-MM-dd}: rotate it.", EventName = "CryptoperiodEnding")]
    public static partial void CryptoperiodEnding(this ILogger logger, string keyId, string tenant, DateTimeOffset end);

    [LoggerMessage(1018, LogLevel.Warning, "Values of tenant {Tenant} were read under key {KeyId}, which is Compromised: re-encrypt them.", EventName = "CompromisedKeyUsed")]
    public static partial void CompromisedKeyUsed(this ILogger logger, string keyId, string tenant);

    [LoggerMessage(1019, LogLevel.Information, "Audit of installation {Installation}: entry {Sequence} has the hash {Hash}.", EventName = "AuditCheckpoint")]
    public static partial void AuditCheckpoint(this ILogger logger, string installation, long sequence, string hash);

    [LoggerMessage(1020, LogLevel.Information, "The key worker has stopped.", EventName = "WorkerStopped")]
    public static partial void WorkerStopped(this ILogger logger);

    [LoggerMessage(1021, LogLevel.Warning, "The listener for changes of the key store was lost and is sought again; until then polling alone brings changes.", EventName = "ListenerLost")]
    public static partial void ListenerLost(this ILogger logger, Exception? error);

    [LoggerMessage(1022, LogLevel.Information, "The listener for changes of the key store is back.", EventName = "ListenerBack")]
    public static partial void ListenerBack(this ILogger logger);

    [LoggerMessage(1023, LogLevel.Information, "The KEK {KekId} is unavailable; attempt {Attempt} follows in {Delay}.", EventName = "KekRetried")]
    public static partial void KekRetried(this ILogger logger, string kekId, int attempt, TimeSpan delay);

    [LoggerMessage(1024, LogLevel.Warning, "The KEK {KekId} is unavailable: calls to it fail at once for {Pause}, then one tries it again.", EventName = "KekCircuitOpened")]
    public static partial void KekCircuitOpened(this ILogger logger, string kekId, TimeSpan pause);

    [LoggerMessage(1025, LogLevel.Information, "The KEK {KekId} answers again.", EventName = "KekCircuitClosed")]
    public static partial void KekCircuitClosed(this ILogger logger, string kekId);

    [LoggerMessage(1026, LogLevel.Warning, "A key was made without a wrap of the KEK {KekId}, which does not answer. The worker makes it later.", EventName = "KekLags")]
    public static partial void KekLags(this ILogger logger, string kekId, Exception error);

    [LoggerMessage(1027, LogLevel.Information, "The adoption of {Table}.{Column} is {State}.", EventName = "AdoptionChanged")]
    public static partial void AdoptionChanged(this ILogger logger, string table, string column, string state);

    [LoggerMessage(1028, LogLevel.Warning, "A read of {Table}.{Column} gave plaintext, for its ciphertext is missing or another one. The counter columncrypt.adoption.plaintext_reads says how often.", EventName = "AdoptionPlaintextRead")]
    public static partial void AdoptionPlaintextRead(this ILogger logger, string table, string column);

    [LoggerMessage(1029, LogLevel.Warning, "The row {Row} of {Table} is left as it is: {Why}", EventName = "RowSkipped")]
    public static partial void RowSkipped(this ILogger logger, string table, string row, string why);

    [LoggerMessage(1030, LogLevel.Warning, "Values are encrypted through AesGcm, which takes longer than the OpenSSL that .NET has loaded called directly: {Why}.", EventName = "CipherFallback")]
    public static partial void CipherFallback(this ILogger logger, string why);

    [LoggerMessage(1031, LogLevel.Information, "The walk over {Table} waits: {Why}", EventName = "WalkPaused")]
    public static partial void WalkPaused(this ILogger logger, string table, string why);

    [LoggerMessage(1032, LogLevel.Error, "The adoption of {Table}.{Column} was to be over by {Deadline:yyyy-MM-dd} and is {State}: plaintext is written still.", EventName = "AdoptionOverdue")]
    public static partial void AdoptionOverdue(this ILogger logger, string table, string column, DateTimeOffset deadline, string state);

    [LoggerMessage(1033, LogLevel.Error, "Job {JobId}, a {Kind}, is stopped, and waits for an operator: {Reason}", EventName = "JobStopped")]
    public static partial void JobStopped(this ILogger logger, string jobId, string kind, string reason);

    [LoggerMessage(1040, LogLevel.Warning, "The intermediate key {KeyId} is used on although no KEK could be asked for it again.", EventName = "IntermediateStale")]
    public static partial void IntermediateStale(this ILogger logger, string keyId, Exception error);

    [LoggerMessage(1041, LogLevel.Information, "Values of {Tenants} tenants are read at once, for this reason: {Reason}.", EventName = "AcrossTenants")]
    public static partial void AcrossTenants(this ILogger logger, int tenants, string reason);

    [LoggerMessage(1042, LogLevel.Warning, "Two data sources have a database '{Database}' under one key store: {First} and {Second}. To the manifest they are one. If they are, all is well (a replica, another name of one server); if not, tell them apart by NameDatabases, before a key is destroyed that one of them needs.", EventName = "DatabaseNameShared")]
    public static partial void DatabaseNameShared(this ILogger logger, string database, string first, string second);
}
