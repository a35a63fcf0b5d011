using ColumnCrypt.TestSupport;
using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.Benchmarks.Ef;

/// <summary>Where a context's rows are: a SQLite file, or a database of its own on a throw-away PostgreSQL server.</summary>
internal static class Databases
{
    public static DbContextOptionsBuilder<TContext> On<TContext>(bool postgreSql, string file)
        where TContext : DbContext => (DbContextOptionsBuilder<TContext>)On(new DbContextOptionsBuilder<TContext>(), postgreSql, file);

    public static DbContextOptionsBuilder On(DbContextOptionsBuilder options, bool postgreSql, string file) => postgreSql
        ? options.UseNpgsql(PostgreSqlServer.Shared.CreateDatabase())
        : options.UseSqlite($"Data Source={file};Pooling=False");

    public static string NameOf(bool postgreSql) => postgreSql ? "PostgreSQL" : "SQLite";
}
