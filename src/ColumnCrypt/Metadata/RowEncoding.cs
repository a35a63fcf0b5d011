using ColumnCrypt.Format;

namespace ColumnCrypt.Metadata;

/// <summary>The bytes that the mac of a row covers (docs/SPEC.md, section 7): the table's name, then every field in the order of its record.</summary>
internal static class RowEncoding
{
    public static byte[] Encode(TenantRecord row) => new FieldEncoding()
        .Add("columncrypt_tenant")
        .Add(row.Tenant)
        .Add(row.State.ToString())
        .AddOptional(row.KekPolicy)
        .AddOptional(row.Hold)
        .Add(row.CreatedAt)
        .AddOptional(row.ShredScheduledAt)
        .AddOptional(row.ShredDueAt)
        .AddOptional(row.ShreddedAt)
        .Add(row.Generation)
        .Add(row.RowVersion)
        .ToArray();

    public static byte[] Encode(KeyRecord row) => new FieldEncoding()
        .Add("columncrypt_key")
        .Add(row.KeyId)
        .Add(row.Tenant)
        .Add(KeyKindNames.NameOf(row.Kind))
        .Add((long)row.Version)
        .Add(row.State.ToString())
        .Add(row.CreatedAt)
        .AddOptional(row.ActivatedAt)
        .AddOptional(row.DeactivatedAt)
        .AddOptional(row.SuspendedAt)
        .AddOptional(row.CompromisedAt)
        .AddOptional(row.DestroyedAt)
        .Add(row.Commitment)
        .Add(row.RowVersion)
        .ToArray();

    public static byte[] Encode(KekRecord row) => new FieldEncoding()
        .Add("columncrypt_kek")
        .Add(row.KekId)
        .Add(row.State.ToString())
        .Add((long)row.Priority)
        .Add(row.AddedAt)
        .AddOptional(row.RetiredAt)
        .AddOptional(row.DestroyedAt)
        .Add(row.RowVersion)
        .ToArray();

    // A row that was never adopted has the mac that it had before there were adoptions.
    public static byte[] Encode(ColumnRecord row)
    {
        var fields = new FieldEncoding()
            .Add("columncrypt_column")
            .Add(row.Database)
            .Add(row.Schema)
            .Add(row.Table)
            .Add(row.Column)
            .Add(row.Purpose)
            .Add(row.Codec)
            .Add(row.KeyColumns)
            .Add(row.IndexColumns)
            .Add((long)row.IndexVersion)
            .Add(row.RowVersion);
        return (row.Adoption.Length == 0 ? fields : fields.Add(row.Adoption)).ToArray();
    }

    public static byte[] Encode(JobRecord row) => new FieldEncoding()
        .Add("columncrypt_job")
        .Add(row.JobId)
        .Add(row.Kind)
        .AddOptional(row.Target)
        .Add(row.State.ToString())
        .AddOptional(row.Cursor)
        .Add(row.Processed)
        .Add(row.Succeeded)
        .Add(row.Failed)
        .AddOptional(row.LeaseOwner)
        .AddOptional(row.LeaseUntil)
        .Add(row.FencingToken)
        .Add(row.RequestedBy)
        .Add(row.RequestedAt)
        .Add(row.RowVersion)
        .ToArray();

    public static byte[] Encode(NodeRecord row) => new FieldEncoding()
        .Add("columncrypt_node")
        .Add(row.NodeId)
        .Add(row.Name)
        .Add(row.StartedAt)
        .Add(row.SeenAt)
        .Add(row.Keks)
        .ToArray();

    public static byte[] Encode(AuditRecord row) => new FieldEncoding()
        .Add("columncrypt_audit")
        .Add(row.AuditId)
        .AddOptional(row.Sequence)
        .Add(row.At)
        .Add(row.Actor)
        .Add(row.Action)
        .AddOptional(row.Tenant)
        .AddOptional(row.KeyId?.ToArray())
        .AddOptional(row.Detail)
        .AddOptional(row.PreviousHash)
        .ToArray();
}
