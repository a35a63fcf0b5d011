using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Diagnostics;

/// <summary>The ids of the events that ColumnCrypt logs, under the category <c>ColumnCrypt</c>. An id keeps its meaning for ever.</summary>
public static class ColumnCryptEventId
{

    /// <summary>Information: the first data key of a tenant, or its next version, was made.</summary>
    public static readonly EventId KeyCreated = new(1001, nameof(KeyCreated));

    /// <summary>Information: a data key became Active.</summary>
    public static readonly EventId KeyActivated = new(1002, nameof(KeyActivated));

    /// <summary>Debug: a key ring was loaded.</summary>
    public static readonly EventId RingLoaded = new(1003, nameof(RingLoaded));

    /// <summary>Warning: a key ring could not be refreshed; cached keys serve on to the stale limit.</summary>
    public static readonly EventId RingStale = new(1004, nameof(RingStale));

    /// <summary>Warning: cached keys were evicted because their KEK refuses them.</summary>
    public static readonly EventId RingEvicted = new(1005, nameof(RingEvicted));

    /// <summary>Warning: a key unknown to this node was loaded synchronously.</summary>
    public static readonly EventId SynchronousLoad = new(1006, nameof(SynchronousLoad));

    /// <summary>Error: a row of the key tables is not what ColumnCrypt wrote there.</summary>
    public static readonly EventId RowTampered = new(1007, nameof(RowTampered));

    /// <summary>Error: the key tables name a KEK that the configuration does not allow. It is never called.</summary>
    public static readonly EventId KekRefused = new(1008, nameof(KekRefused));

    /// <summary>Critical: the generation counter of the key store went back; every data key is rotated before its next write.</summary>
    public static readonly EventId StoreRolledBack = new(1009, nameof(StoreRolledBack));

    /// <summary>Warning: the reserved uses of a key went back; this node goes on from its own high-water mark.</summary>
    public static readonly EventId ReservationRolledBack = new(1010, nameof(ReservationRolledBack));

    /// <summary>Warning: the system does not lock key memory into RAM.</summary>
    public static readonly EventId MemoryNotLocked = new(1011, nameof(MemoryNotLocked));

    /// <summary>Information: the installation key was made.</summary>
    public static readonly EventId InstallationCreated = new(1012, nameof(InstallationCreated));

    /// <summary>Warning: a step of background work failed and will be tried again.</summary>
    public static readonly EventId BackgroundFailed = new(1013, nameof(BackgroundFailed));

    /// <summary>Information: a key was rotated by itself because its uses near the limit.</summary>
    public static readonly EventId BudgetRotation = new(1014, nameof(BudgetRotation));

    /// <summary>Warning: a key store did not answer for the revocation bound; its cached keys are not used meanwhile.</summary>
    public static readonly EventId StoreUnreachable = new(1015, nameof(StoreUnreachable));

    /// <summary>Warning: the keys of a tenant were destroyed.</summary>
    public static readonly EventId TenantShredded = new(1016, nameof(TenantShredded));

    /// <summary>Warning: the Active data key of a tenant nears the end of its cryptoperiod, or is past it.</summary>
    public static readonly EventId CryptoperiodEnding = new(1017, nameof(CryptoperiodEnding));

    /// <summary>Warning: values were read under a Compromised key; once per key and process.</summary>
    public static readonly EventId CompromisedKeyUsed = new(1018, nameof(CompromisedKeyUsed));

    /// <summary>Information: the number and hash of the audit's last entry, for a log that leaves the database.</summary>
    public static readonly EventId AuditCheckpoint = new(1019, nameof(AuditCheckpoint));

    /// <summary>Information: the key worker has stopped.</summary>
    public static readonly EventId WorkerStopped = new(1020, nameof(WorkerStopped));

    /// <summary>Warning: the listener for changes of the key store was lost; polling goes on, and the listener is sought again.</summary>
    public static readonly EventId ListenerLost = new(1021, nameof(ListenerLost));

    /// <summary>Information: a lost listener for changes of the key store is back.</summary>
    public static readonly EventId ListenerBack = new(1022, nameof(ListenerBack));

    /// <summary>Information: a call to a KEK was unavailable and is tried again.</summary>
    public static readonly EventId KekRetried = new(1023, nameof(KekRetried));

    /// <summary>Warning: the circuit breaker of a KEK has opened: calls to it fail at once for a while.</summary>
    public static readonly EventId KekCircuitOpened = new(1024, nameof(KekCircuitOpened));

    /// <summary>Information: the circuit breaker of a KEK has closed: it answers again.</summary>
    public static readonly EventId KekCircuitClosed = new(1025, nameof(KekCircuitClosed));

    /// <summary>Warning: a key was made without a wrap of a KEK that may lag and did not answer.</summary>
    public static readonly EventId KekLags = new(1026, nameof(KekLags));

    /// <summary>Information: this node has read a new state of an adopted column, or its first one.</summary>
    public static readonly EventId AdoptionChanged = new(1027, nameof(AdoptionChanged));

    /// <summary>Warning: a read of an adopted column gave plaintext, for its ciphertext was missing or another one; once per column and process.</summary>
    public static readonly EventId AdoptionPlaintextRead = new(1028, nameof(AdoptionPlaintextRead));

    /// <summary>Warning: a re-encryption or an adoption could not move a row, and left it as it is.</summary>
    public static readonly EventId RowSkipped = new(1029, nameof(RowSkipped));

    /// <summary>Warning: the OpenSSL that .NET has loaded is not called directly; values are encrypted through AesGcm, which takes longer.</summary>
    public static readonly EventId CipherFallback = new(1030, nameof(CipherFallback));

    /// <summary>Information: a walk over rows waits, for the database lags behind or is busy.</summary>
    public static readonly EventId WalkPaused = new(1031, nameof(WalkPaused));

    /// <summary>Error: the day by which the adoption of a column was to be over has passed, and plaintext is written still; once per column and process.</summary>
    public static readonly EventId AdoptionOverdue = new(1032, nameof(AdoptionOverdue));

    /// <summary>Error: a job was stopped because of an error that lasts; it waits for an operator.</summary>
    public static readonly EventId JobStopped = new(1033, nameof(JobStopped));

    /// <summary>Warning: an intermediate key is used on, to the stale limit, although the KEK that wraps it is unavailable.</summary>
    public static readonly EventId IntermediateStale = new(1040, nameof(IntermediateStale));

    /// <summary>Information: values of several tenants are read at once, on purpose; with how many, and the reason.</summary>
    public static readonly EventId AcrossTenants = new(1041, nameof(AcrossTenants));

    /// <summary>Warning: two data sources have databases of one name, which the manifest takes for one; once for each pair and process.</summary>
    public static readonly EventId DatabaseNameShared = new(1042, nameof(DatabaseNameShared));
}
