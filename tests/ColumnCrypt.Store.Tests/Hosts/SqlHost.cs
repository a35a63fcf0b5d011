using System.Data.Common;
using ColumnCrypt.Store;
using ColumnCrypt.TestSupport;

namespace ColumnCrypt.Store.Tests.Hosts;

/// <summary>Key tables in a database that a test may also reach behind the store's back.</summary>
public abstract class SqlHost : KeyStoreHost
{
    /// <summary>The clock of the stores opened from now on; null for the system's.</summary>
    public ManualTimeProvider? Time { get; set; }

    /// <summary>The bound on one call of the stores opened from now on.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether the stores opened from now on create tables.</summary>
    public bool CreateTables { get; set; } = true;

    /// <summary>Where the tables are, for statements: "" or <c>schema.</c>.</summary>
    public virtual string Prefix => "";

    /// <summary>The script that creates the tables.</summary>
    public abstract string Script { get; }

    /// <summary>The script that adds what the tables of an earlier version lack.</summary>
    public abstract string UpgradeScript { get; }

    /// <summary>A connection of the test's own.</summary>
    public async Task<DbConnection> ConnectAsync()
    {
        var connection = CreateConnection();
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Runs a statement on a connection of the test's own.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await ConnectAsync();
        await ExecuteAsync(connection, sql);
    }

    /// <summary>The first column of the rows of a query, as text.</summary>
    public async Task<List<string?>> QueryAsync(string sql)
    {
        await using var connection = await ConnectAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        List<string?> rows = [];
        while (await reader.ReadAsync())
        {
            rows.Add(reader.IsDBNull(0) ? null : Convert.ToString(reader.GetValue(0), System.Globalization.CultureInfo.InvariantCulture));
        }

        return rows;
    }

    /// <summary>Lets the next statements on a connection write what the constraints forbid.</summary>
    public abstract Task ExecuteUncheckedAsync(string table, string sql);

    protected abstract DbConnection CreateConnection();

    protected static async Task ExecuteAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
