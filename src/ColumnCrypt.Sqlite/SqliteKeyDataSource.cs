using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace ColumnCrypt.Sqlite;

/// <summary>Opens connections on which a commit is durable and a busy file is waited for. Thread-safe.</summary>
/// <param name="connectionString">The connection string.</param>
/// <param name="busyTimeout">How long a statement waits for writers of other processes.</param>
internal sealed class SqliteKeyDataSource(string connectionString, TimeSpan busyTimeout) : DbDataSource
{
    // FULL: in WAL mode a build of SQLite may default to NORMAL, which can lose the last commits with the power.
    private readonly string _setUp = string.Create(
        CultureInfo.InvariantCulture, $"PRAGMA busy_timeout = {(long)busyTimeout.TotalMilliseconds}; PRAGMA synchronous = FULL");

    public override string ConnectionString => connectionString;

    protected override DbConnection CreateDbConnection() => new SqliteConnection(connectionString);

    protected override DbConnection OpenDbConnection()
    {
        var connection = base.OpenDbConnection();
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = _setUp;
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // SQLite does its work on the calling thread either way.
    protected override ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(OpenDbConnection());
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            using var connection = new SqliteConnection(connectionString);
            SqliteConnection.ClearPool(connection);
        }
    }

    protected override ValueTask DisposeAsyncCore()
    {
        Dispose(disposing: true);
        return ValueTask.CompletedTask;
    }
}
