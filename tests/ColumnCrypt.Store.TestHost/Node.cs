using System.Data.Common;
using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.PostgreSql;
using ColumnCrypt.Sqlite;
using ColumnCrypt.Store;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ColumnCrypt.Store.TestHost;

/// <summary>An application with a table <c>patient(name)</c> whose column is encrypted; keys are in the same server, or in a file.</summary>
public sealed class Node : IAsyncDisposable
{
    private const string Purpose = "patient.name";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Func<DbConnection> _connect;

    /// <summary>Makes the application. Does no I/O.</summary>
    /// <param name="provider"><c>postgresql</c> or <c>sqlite</c>.</param>
    /// <param name="connectionString">Where the table and the keys are.</param>
    /// <param name="kekFile">The KEK's file; its passphrase is in the environment.</param>
    /// <param name="halt">Called at each point where a node may be told to stand still.</param>
    public Node(string provider, string connectionString, string kekFile, Func<HaltPoint, Task> halt)
    {
        _connect = provider == "postgresql" ? () => new NpgsqlConnection(connectionString) : () => new SqliteConnection(connectionString);
        Instance = ColumnCryptInstance.Create(cc =>
        {
            cc.UseKek($"file:{kekFile}").UseKeyStore(() => new HaltingKeyStore(
                OpenKeyStore(provider, connectionString), () => halt(HaltPoint.Wrapped), () => halt(HaltPoint.Committed)));
            cc.Bounds.KekTimeout = s_patience;
        });
    }

    public ColumnCryptInstance Instance { get; }

    /// <summary>Writes one encrypted row.</summary>
    /// <returns>The id of the key that it is encrypted under.</returns>
    public async Task<KeyId> WriteAsync(string tenant, string name, Func<Task> written)
    {
        byte[] value;
        using (var lease = await Instance.AcquireRingAsync(tenant, 1, CancellationToken.None))
        {
            value = lease.Encrypt(Purpose, name, ValueCodecs.For<string>());
        }

        await using var connection = _connect();
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "INSERT INTO patient (name) VALUES (@name)";
        var parameter = command.CreateParameter();
        parameter.ParameterName = "name";
        parameter.Value = value;
        command.Parameters.Add(parameter);
        await command.ExecuteNonQueryAsync();
        await written();
        await transaction.CommitAsync();
        return new KeyId(value.AsSpan(1, KeyId.Size));
    }

    /// <summary>Reads and decrypts every row.</summary>
    public async Task<IReadOnlyList<string>> ReadAsync(string tenant)
    {
        await using var connection = _connect();
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT name FROM patient";
        await using var reader = await command.ExecuteReaderAsync();
        using var lease = await Instance.AcquireRingAsync(tenant, 0, CancellationToken.None);
        List<string> names = [];
        while (await reader.ReadAsync())
        {
            names.Add(lease.Decrypt(Purpose, reader.GetFieldValue<byte[]>(0), ValueCodecs.For<string>()));
        }

        return names;
    }

    public ValueTask DisposeAsync() => Instance.DisposeAsync();

    // Twenty processes on two cores take their time; what a call may take is tested elsewhere.
    private static IKeyStore OpenKeyStore(string provider, string connectionString) => provider == "postgresql"
        ? PostgreSqlKeyStore.Open(connectionString, new PostgreSqlKeyStoreOptions { CreateTables = true, Timeout = s_patience })
        : SqliteKeyStore.Open(connectionString, new SqliteKeyStoreOptions { Timeout = s_patience });
}
