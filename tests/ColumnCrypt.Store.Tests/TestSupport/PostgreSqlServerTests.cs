using ColumnCrypt.TestSupport;
using Npgsql;
using Xunit;

namespace ColumnCrypt.Store.Tests.TestSupport;

public sealed class PostgreSqlServerTests
{
    [Fact]
    public async Task CreateDatabase_Twice_GivesTwoEmptyDatabases()
    {
        foreach (var connectionString in new[] { PostgreSqlServer.Shared.CreateDatabase(), PostgreSqlServer.Shared.CreateDatabase() })
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("CREATE TABLE t (x int); SELECT count(*) FROM t", connection);
            Assert.Equal(0L, await command.ExecuteScalarAsync());
        }
    }

    [Fact]
    public void Dispose_WhenRunning_RefusesConnections()
    {
        var server = PostgreSqlServer.Start();
        server.Execute("SELECT 1");
        server.Dispose();
        Assert.ThrowsAny<NpgsqlException>(() => server.Execute("SELECT 1"));
    }
}
