using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store.Sql;

/// <summary>A <see cref="KekRecord"/> as a row.</summary>
internal static class KekRow
{
    public static KekRecord Read(RowReader row) => new()
    {
        KekId = row.Text("kek_id"),
        State = row.State<KekState>("state"),
        Priority = row.Int32("priority"),
        AddedAt = row.Time("added_at"),
        RetiredAt = row.TimeOrNull("retired_at"),
        DestroyedAt = row.TimeOrNull("destroyed_at"),
        RowVersion = row.Int64("row_version"),
        Mac = row.Bytes("mac"),
    };

    public static void Write(RowWriter row, KekRecord kek)
    {
        row.Set("kek_id", kek.KekId);
        row.Set("state", kek.State.ToString());
        row.Set("priority", kek.Priority);
        row.Set("added_at", kek.AddedAt);
        row.Set("retired_at", kek.RetiredAt);
        row.Set("destroyed_at", kek.DestroyedAt);
        row.Set("row_version", kek.RowVersion);
        row.Set("mac", kek.Mac);
    }
}
