using System.Data.Common;

namespace ColumnCrypt.Metadata;

/// <summary>Which of the two databases a connection is to, open or not. Neither's client is known here. Stateless, thread-safe.</summary>
internal static class ConnectionKind
{
    private const string NpgsqlScheme = "tcp://";

    /// <summary>True for SQLite, whose database is called <c>main</c>; one of PostgreSQL may be, too.</summary>
    public static bool IsSqlite(DbConnection connection) =>
        connection.Database is "main" or "" && connection.GetType().Namespace != "Npgsql" && !connection.DataSource.StartsWith(NpgsqlScheme, StringComparison.Ordinal);
}
