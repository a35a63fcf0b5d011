using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store.Sql;

/// <summary>A <see cref="KeyRecord"/> as a row.</summary>
internal static class KeyRow
{
    public static KeyRecord Read(RowReader row) => new()
    {
        KeyId = row.KeyId("key_id"),
        Tenant = row.Text("tenant"),
        Kind = KeyKindNames.Parse(row.Text("kind")),
        Version = row.Int32("version"),
        State = row.State<KeyState>("state"),
        CreatedAt = row.Time("created_at"),
        ActivatedAt = row.TimeOrNull("activated_at"),
        DeactivatedAt = row.TimeOrNull("deactivated_at"),
        SuspendedAt = row.TimeOrNull("suspended_at"),
        CompromisedAt = row.TimeOrNull("compromised_at"),
        DestroyedAt = row.TimeOrNull("destroyed_at"),
        Commitment = row.Bytes("commitment"),
        ReservedUses = row.Int64("reserved_uses"),
        RowVersion = row.Int64("row_version"),
        Mac = row.Bytes("mac"),
    };

    public static void WriteNew(RowWriter row, KeyRecord key)
    {
        Write(row, key);
        row.Set("reserved_uses", key.ReservedUses);
    }

    /// <summary>Writes everything but the reserved uses, which only an insert and a reservation write.</summary>
    public static void Write(RowWriter row, KeyRecord key)
    {
        row.Set("key_id", key.KeyId);
        row.Set("tenant", key.Tenant);
        row.Set("kind", KeyKindNames.NameOf(key.Kind));
        row.Set("version", key.Version);
        row.Set("state", key.State.ToString());
        row.Set("created_at", key.CreatedAt);
        row.Set("activated_at", key.ActivatedAt);
        row.Set("deactivated_at", key.DeactivatedAt);
        row.Set("suspended_at", key.SuspendedAt);
        row.Set("compromised_at", key.CompromisedAt);
        row.Set("destroyed_at", key.DestroyedAt);
        row.Set("commitment", key.Commitment);
        row.Set("row_version", key.RowVersion);
        row.Set("mac", key.Mac);
    }
}
