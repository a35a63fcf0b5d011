namespace ColumnCrypt.Tool.Tests.Support;

/// <summary>Every database, as test data.</summary>
public static class Databases
{
    public static TheoryData<DatabaseKind> All() => [DatabaseKind.Sqlite, DatabaseKind.PostgreSql];
}
