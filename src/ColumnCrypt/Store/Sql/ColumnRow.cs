using ColumnCrypt.Metadata;

namespace ColumnCrypt.Store.Sql;

/// <summary>A <see cref="ColumnRecord"/> as a row.</summary>
internal static class ColumnRow
{
    public static ColumnRecord Read(RowReader row) => new()
    {
        Database = row.Text("database_name"),
        Schema = row.Text("schema_name"),
        Table = row.Text("table_name"),
        Column = row.Text("column_name"),
        Purpose = row.Text("purpose"),
        Codec = row.Text("codec"),
        KeyColumns = row.Text("key_columns"),
        IndexColumns = row.Text("index_columns"),
        IndexVersion = row.Int32("index_version"),
        Adoption = row.Text("adoption"),
        RowVersion = row.Int64("row_version"),
        Mac = row.Bytes("mac"),
    };

    public static void Write(RowWriter row, ColumnRecord column)
    {
        row.Set("database_name", column.Database);
        row.Set("schema_name", column.Schema);
        row.Set("table_name", column.Table);
        row.Set("column_name", column.Column);
        row.Set("purpose", column.Purpose);
        row.Set("codec", column.Codec);
        row.Set("key_columns", column.KeyColumns);
        row.Set("index_columns", column.IndexColumns);
        row.Set("index_version", column.IndexVersion);
        row.Set("adoption", column.Adoption);
        row.Set("row_version", column.RowVersion);
        row.Set("mac", column.Mac);
    }
}
