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
    public const string StoreRestore = "store.restore";
}
