using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store.Sql;

/// <summary>A <see cref="TenantRecord"/> as a row.</summary>
internal static class TenantRow
{
    public static TenantRecord Read(RowReader row) => new()
    {
        Tenant = row.Text("tenant"),
        State = row.State<TenantState>("state"),
        KekPolicy = row.TextOrNull("kek_policy"),
        Hold = row.TextOrNull("hold"),
        CreatedAt = row.Time("created_at"),
        ShredScheduledAt = row.TimeOrNull("shred_scheduled_at"),
        ShredDueAt = row.TimeOrNull("shred_due_at"),
        ShreddedAt = row.TimeOrNull("shredded_at"),
        Generation = row.Int64("generation"),
        RowVersion = row.Int64("row_version"),
        Mac = row.Bytes("mac"),
    };

    public static void Write(RowWriter row, TenantRecord tenant)
    {
        row.Set("tenant", tenant.Tenant);
        row.Set("state", tenant.State.ToString());
        row.Set("kek_policy", tenant.KekPolicy);
        row.Set("hold", tenant.Hold);
        row.Set("created_at", tenant.CreatedAt);
        row.Set("shred_scheduled_at", tenant.ShredScheduledAt);
        row.Set("shred_due_at", tenant.ShredDueAt);
        row.Set("shredded_at", tenant.ShreddedAt);
        row.Set("generation", tenant.Generation);
        row.Set("row_version", tenant.RowVersion);
        row.Set("mac", tenant.Mac);
    }
}
