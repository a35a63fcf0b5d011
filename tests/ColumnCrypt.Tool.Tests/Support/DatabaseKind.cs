namespace ColumnCrypt.Tool.Tests.Support;

/// <summary>Which database holds the key tables.</summary>
public enum DatabaseKind
{
    Sqlite,
    PostgreSql,
}
