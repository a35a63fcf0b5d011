namespace ColumnCrypt.Tool.Configuration;

/// <summary>The databases that can hold key tables.</summary>
internal enum StoreProvider
{
    Sqlite,
    PostgreSql,
}
