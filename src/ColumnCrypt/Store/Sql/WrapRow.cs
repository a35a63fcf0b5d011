using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store.Sql;

/// <summary>A <see cref="WrapRecord"/> as a row.</summary>
internal static class WrapRow
{
    public static WrapRecord Read(RowReader row) => new()
    {
        KeyId = row.KeyId("key_id"),
        KekId = row.Text("kek_id"),
        KekVersion = row.Text("kek_version"),
        Wrapped = row.BytesOrNull("wrapped"),
        ValidFrom = row.Time("valid_from"),
        ValidTo = row.TimeOrNull("valid_to"),
        VerifiedAt = row.TimeOrNull("verified_at"),
    };

    public static void Write(RowWriter row, WrapRecord wrap)
    {
        row.Set("key_id", wrap.KeyId);
        row.Set("kek_id", wrap.KekId);
        row.Set("kek_version", wrap.KekVersion);
        row.Set("wrapped", wrap.Wrapped);
        row.Set("valid_from", wrap.ValidFrom);
        row.Set("valid_to", wrap.ValidTo);
        row.Set("verified_at", wrap.VerifiedAt);
    }
}
