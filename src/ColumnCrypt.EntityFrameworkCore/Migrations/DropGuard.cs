using Microsoft.EntityFrameworkCore.Migrations.Operations;

namespace ColumnCrypt.EntityFrameworkCore.Migrations;

/// <summary>SQL that stops a migration while a table still has certain rows. Immutable, thread-safe.</summary>
internal sealed class DropGuard
{
    private readonly bool _isSqlite;

    private DropGuard(bool isSqlite) => _isSqlite = isSqlite;

    /// <summary>That of a provider; null where ColumnCrypt does not know the database's language.</summary>
    public static DropGuard? For(string provider) => IsSqlite(provider) ? new(true)
        : provider == KeyTableOperations.Npgsql ? new(false)
        : null;

    public static bool IsSqlite(string provider) => provider.EndsWith(".Sqlite", StringComparison.Ordinal);

    /// <summary>Fails with a message while any row is so.</summary>
    /// <param name="table">The table, in quotes.</param>
    /// <param name="condition">How the rows are.</param>
    /// <param name="message">What the migration fails with.</param>
    public SqlOperation Of(string table, string condition, string message)
    {
        message = message.Replace("'", "''", StringComparison.Ordinal);
        return new SqlOperation
        {
            // SQLite raises errors in triggers alone. PostgreSQL's block may stand in the function of an idempotent script.
            Sql = _isSqlite
                ? $"""
                  CREATE TEMP TABLE "columncrypt_guard" ("x" INTEGER);
                  CREATE TEMP TRIGGER "columncrypt_guards" BEFORE INSERT ON "columncrypt_guard" WHEN EXISTS (SELECT 1 FROM {table} WHERE {condition})
                  BEGIN SELECT RAISE(ABORT, '{message}'); END;
                  INSERT INTO "columncrypt_guard" VALUES (1);
                  DROP TABLE "columncrypt_guard";
                  """
                : $"""
                  DO $columncrypt$ BEGIN IF EXISTS (SELECT 1 FROM {table} WHERE {condition}) THEN
                  RAISE EXCEPTION '{message.Replace("%", "%%", StringComparison.Ordinal)}';
                  END IF; END $columncrypt$;
                  """,
        };
    }
}
