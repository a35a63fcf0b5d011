namespace ColumnCrypt.Audit;

/// <summary>What the audit calls the things that are done. A name keeps its meaning for ever.</summary>
internal static class AuditActions
{
    public const string InstallationCreate = "installation.create";
    public const string KeyCreate = "key.create";
    /// <summary>Stands in the detail of <see cref="KeyCreate"/> before the URI of the KEK.</summary>
    public const string WrappedUnder = ", wrapped under ";

    public const string KeyAnnounce = "key.announce";
    public const string KeyActivate = "key.activate";
    public const string KeySuspend = "key.suspend";
    public const string KeyResume = "key.resume";
    public const string KeyCompromise = "key.compromise";
    public const string KeyDestroy = "key.destroy";
    public const string KeyUseCompromised = "key.use-compromised";
    public const string KekAdd = "kek.add";
    public const string KekRetire = "kek.retire";
    public const string KekDestroy = "kek.destroy";
    public const string TenantKek = "tenant.kek";
    /// <summary>Separates the URI from the reason in the detail of <see cref="TenantKek"/>.</summary>
    private const string Because = "; ";

    public const string JobAdd = "job.add";
    public const string JobLease = "job.lease";
    public const string JobStop = "job.stop";
    public const string JobComplete = "job.complete";
    public const string JobApprove = "job.approve";
    public const string JobCancel = "job.cancel";
    public const string RewrapBatch = "rewrap.batch";
    public const string ShredSchedule = "shred.schedule";
    public const string ShredHold = "shred.hold";
    public const string ShredRelease = "shred.release";
    public const string ShredCancel = "shred.cancel";
    public const string ShredMark = "shred.mark";
    public const string ShredDestroy = "shred.destroy";
    public const string ShredIndexes = "shred.indexes";
    public const string ShredCertify = "shred.certify";
    public const string AdoptBegin = "adopt.begin";
    public const string AdoptMove = "adopt.move";
    public const string ReencryptEmptied = "reencrypt.emptied";
    public const string StoreRestore = "store.restore";

    /// <summary>The detail of <see cref="TenantKek"/>.</summary>
    public static string TenantKekDetail(string? kekId, string reason) => (kekId ?? "the application's") + Because + reason;

    /// <summary>The detail of <see cref="KekAdd"/>, <see cref="KekRetire"/> and <see cref="KekDestroy"/>.</summary>
    public static string KekDetail(string kekId, string detail) => $"{kekId}: {detail}";

    /// <summary>True where a detail of <see cref="TenantKek"/> says that the tenant was given this KEK; null is the application's.</summary>
    public static bool IsTenantKek(string detail, string? kekId) => detail.StartsWith(TenantKekDetail(kekId, ""), StringComparison.Ordinal);
}
