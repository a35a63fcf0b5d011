using System.Transactions;
using ColumnCrypt.Store.TestHost;
using Xunit;

namespace ColumnCrypt.Store.Tests.Processes;

// Must hold 5
public sealed class ManyProcessesTests
{
    [Theory]
    [InlineData("postgresql", 20)]
    [InlineData("sqlite", 10)]
    public async Task ManyProcesses_StartingOnAnEmptyKeyStoreAtOnce_ShareOneActiveKey(string provider, int count)
    {
        const int Rows = 3;
        await using var application = await Application.CreateAsync(provider);
        var nodes = Enumerable.Range(0, count).Select(_ => application.Start(Rows)).ToList();
        await Task.WhenAll(nodes.Select(static node => node.ExpectAsync("ready")));
        await Task.WhenAll(nodes.Select(static node => node.GoAsync()));
        var used = await Task.WhenAll(nodes.Select(static node => node.FinishAsync()));

        var key = Assert.Single(used.SelectMany(static keys => keys).Distinct(StringComparer.Ordinal));
        Assert.Equal($"{key} Active", Assert.Single(await application.DataKeysAsync()));
        Assert.Single(await application.QueryAsync("SELECT key_id FROM columncrypt_key WHERE kind = 'installation'"));
        Assert.Equal(2, (await application.QueryAsync("SELECT key_id FROM columncrypt_wrap")).Count);
        Assert.Single(await application.QueryAsync("SELECT kek_id FROM columncrypt_kek"));
        Assert.Equal(count * Rows, await application.ReadAllAsync());
        foreach (var node in nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("postgresql", HaltPoint.Wrapped, 0)]
    [InlineData("postgresql", HaltPoint.Committed, 1)]
    [InlineData("postgresql", HaltPoint.Encrypted, 1)]
    [InlineData("sqlite", HaltPoint.Wrapped, 0)]
    [InlineData("sqlite", HaltPoint.Committed, 1)]
    [InlineData("sqlite", HaltPoint.Encrypted, 1)]
    public async Task AProcess_KilledBeforeItsFirstRowIsCommitted_LeavesNoRowWithoutItsKey(string provider, HaltPoint point, int keys)
    {
        await using var application = await Application.CreateAsync(provider);
        await using var killed = application.Start(1, point);
        await killed.ExpectAsync("ready");
        await killed.GoAsync();
        await killed.ExpectAsync("halted");
        await killed.KillAsync();

        Assert.Equal(keys, (await application.DataKeysAsync()).Count);
        Assert.Equal(0, await application.RowsAsync());

        await using var next = application.Start(2);
        await next.ExpectAsync("ready");
        await next.GoAsync();
        var used = Assert.Single((await next.FinishAsync()).Distinct(StringComparer.Ordinal));
        Assert.Equal($"{used} Active", Assert.Single(await application.DataKeysAsync()));
        Assert.Equal(2, await application.ReadAllAsync());
    }

    [Fact]
    public async Task Processes_KilledWhileTheyWrite_LeaveOnlyRowsThatCanBeRead()
    {
        await using var application = await Application.CreateAsync("postgresql");
        var nodes = Enumerable.Range(0, 8).Select(_ => application.Start(200)).ToList();
        await Task.WhenAll(nodes.Select(static node => node.ExpectAsync("ready")));
        await Task.WhenAll(nodes.Select(static node => node.GoAsync()));

        // Each is killed at its own moment: before its first row, or after its n-th.
        await Task.WhenAll(nodes.Select(static async (node, index) =>
        {
            for (var row = 0; row < index * index; row++)
            {
                await node.NextAsync();
            }

            await node.KillAsync();
        }));

        Assert.InRange(await application.ReadAllAsync(), 1, 8 * 200);
        Assert.Single(await application.DataKeysAsync());
        foreach (var node in nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task AnAmbientTransaction_RolledBackAroundTheFirstUse_LeavesTheKeyAndNoRow()
    {
        await using var application = await Application.CreateAsync("postgresql");
        await using var node = application.Open();
        string first;
        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
        {
            using var lease = await node.Instance.AcquireRingAsync(Application.Tenant, 1, CancellationToken.None);
            var value = lease.Encrypt("patient.name", "in the scope", ColumnCrypt.Format.ValueCodecs.For<string>());
            first = new ColumnCrypt.Format.KeyId(value.AsSpan(1, ColumnCrypt.Format.KeyId.Size)).ToString();
            await using var connection = new Npgsql.NpgsqlConnection(application.ConnectionString);
            await connection.OpenAsync();
            await using var command = new Npgsql.NpgsqlCommand("INSERT INTO patient (name) VALUES (@name)", connection);
            command.Parameters.AddWithValue("name", value);
            await command.ExecuteNonQueryAsync();
        }

        Assert.Equal(0, await application.RowsAsync());
        Assert.Equal($"{first} Active", Assert.Single(await application.DataKeysAsync()));
        Assert.Equal(first, (await node.WriteAsync(Application.Tenant, "after", static () => Task.CompletedTask)).ToString());
        Assert.Equal(1, await application.ReadAllAsync());
    }
}
