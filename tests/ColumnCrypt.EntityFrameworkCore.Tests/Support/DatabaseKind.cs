namespace ColumnCrypt.EntityFrameworkCore.Tests.Support;

public enum DatabaseKind
{
    Sqlite,
    PostgreSql,
}
