using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store;

/// <summary>Copies of rows that share no array with the original, with times as the key tables hold them.</summary>
internal static class StoreCopy
{
    public static TenantRecord Of(TenantRecord row) => row with
    {
        CreatedAt = StoreTime.Truncate(row.CreatedAt),
        ShredScheduledAt = StoreTime.Truncate(row.ShredScheduledAt),
        ShredDueAt = StoreTime.Truncate(row.ShredDueAt),
        ShreddedAt = StoreTime.Truncate(row.ShreddedAt),
        Mac = [.. row.Mac],
    };

    public static KeyRecord Of(KeyRecord row) => row with
    {
        CreatedAt = StoreTime.Truncate(row.CreatedAt),
        ActivatedAt = StoreTime.Truncate(row.ActivatedAt),
        DeactivatedAt = StoreTime.Truncate(row.DeactivatedAt),
        SuspendedAt = StoreTime.Truncate(row.SuspendedAt),
        CompromisedAt = StoreTime.Truncate(row.CompromisedAt),
        DestroyedAt = StoreTime.Truncate(row.DestroyedAt),
        Commitment = [.. row.Commitment],
        Mac = [.. row.Mac],
    };

    public static WrapRecord Of(WrapRecord row) => row with
    {
        Wrapped = row.Wrapped is null ? null : [.. row.Wrapped],
        ValidFrom = StoreTime.Truncate(row.ValidFrom),
        ValidTo = StoreTime.Truncate(row.ValidTo),
        VerifiedAt = StoreTime.Truncate(row.VerifiedAt),
    };

    public static KekRecord Of(KekRecord row) => row with
    {
        AddedAt = StoreTime.Truncate(row.AddedAt),
        RetiredAt = StoreTime.Truncate(row.RetiredAt),
        DestroyedAt = StoreTime.Truncate(row.DestroyedAt),
        Mac = [.. row.Mac],
    };

    public static JobRecord Of(JobRecord row) => row with
    {
        LeaseUntil = StoreTime.Truncate(row.LeaseUntil),
        RequestedAt = StoreTime.Truncate(row.RequestedAt),
        Mac = row.Mac is null ? null : [.. row.Mac],
    };

    public static NodeRecord Of(NodeRecord row) => row with
    {
        StartedAt = StoreTime.Truncate(row.StartedAt),
        SeenAt = StoreTime.Truncate(row.SeenAt),
        Mac = [.. row.Mac],
    };

    public static AuditRecord Of(AuditRecord row) => row with
    {
        At = StoreTime.Truncate(row.At),
        PreviousHash = row.PreviousHash is null ? null : [.. row.PreviousHash],
        Mac = [.. row.Mac],
    };

    public static ColumnRecord Of(ColumnRecord row) => row with { Mac = [.. row.Mac] };
}
