using ColumnCrypt.PostgreSql;
using ColumnCrypt.Store;
using Npgsql;

namespace ColumnCrypt.Store.Tests.Hosts;

/// <summary>Key tables in PostgreSQL on which three login roles have the rights of the role script; their names need quotes.</summary>
public sealed class RoleHost : IAsyncDisposable
{
    private readonly PostgreSqlHost _host = new("Key \"tables\"") { CreateTables = false };
    private readonly string _owner;

    private RoleHost() => _owner = _host.ConnectionString;

    public string Application { get; } = $"Clinic \"app\" {Guid.NewGuid():n}";

    public string Operator { get; } = $"Operator {Guid.NewGuid():n}";

    public string Auditor { get; } = $"Auditor {Guid.NewGuid():n}";

    public static string Schema => "\"Key \"\"tables\"\"\"";

    public static async Task<RoleHost> CreateAsync()
    {
        var host = new RoleHost();
        await host._host.ExecuteAsync(host._host.Script);
        foreach (var role in (string[])[host.Application, host.Operator, host.Auditor])
        {
            await host._host.ExecuteAsync($"CREATE ROLE \"{role.Replace("\"", "\"\"", StringComparison.Ordinal)}\" LOGIN");
        }

        var script = PostgreSqlKeyStore.RoleScript("Key \"tables\"", host.Application, host.Operator, host.Auditor);
        await host._host.ExecuteAsync(script);
        await host._host.ExecuteAsync(script);
        return host;
    }

    /// <summary>A store that a role opens.</summary>
    public IKeyStore Open(string role)
    {
        _host.ConnectionString = As(role);
        return _host.Open();
    }

    /// <summary>Runs a statement as a role.</summary>
    /// <returns>How many rows it touched.</returns>
    public async Task<int> ExecuteAsync(string role, string sql)
    {
        await using var connection = new NpgsqlConnection($"{As(role)};Pooling=False");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private string As(string role) => new NpgsqlConnectionStringBuilder(_owner) { Username = role }.ConnectionString;
}
