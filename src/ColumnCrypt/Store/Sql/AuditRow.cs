using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store.Sql;

/// <summary>An <see cref="AuditRecord"/> as a row.</summary>
internal static class AuditRow
{
    public static AuditRecord Read(RowReader row) => new()
    {
        AuditId = row.Text("audit_id"),
        Sequence = row.Int64OrNull("sequence"),
        At = row.Time("at"),
        Actor = row.Text("actor"),
        Action = row.Text("action"),
        Tenant = row.TextOrNull("tenant"),
        KeyId = row.KeyIdOrNull("key_id"),
        Detail = row.TextOrNull("detail"),
        PreviousHash = row.BytesOrNull("previous_hash"),
        Mac = row.Bytes("mac"),
    };

    public static void Write(RowWriter row, AuditRecord entry)
    {
        WriteUnchained(row, entry);
        row.Set("sequence", entry.Sequence);
        row.Set("previous_hash", entry.PreviousHash);
    }

    /// <summary>Writes everything but the place in the chain.</summary>
    public static void WriteUnchained(RowWriter row, AuditRecord entry)
    {
        row.Set("audit_id", entry.AuditId);
        row.Set("at", entry.At);
        row.Set("actor", entry.Actor);
        row.Set("action", entry.Action);
        row.Set("tenant", entry.Tenant);
        row.Set("key_id", entry.KeyId);
        row.Set("detail", entry.Detail);
        row.Set("mac", entry.Mac);
    }
}
