using System.Globalization;
using ColumnCrypt.Configuration;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store.Schema;
using ColumnCrypt.Store.Tests.Hosts;
using ColumnCrypt.TestSupport;
using Xunit;

namespace ColumnCrypt.Store.Tests.Sql;

// Must hold 3; PEERS 20: somebody edits one column of one row, with SQL, and the next node to start meets it
public sealed class EditedTablesTests
{
    private const string Tenant = "clinic-a";

    // What no mac covers, and why that harms nobody (docs/SPEC.md, sections 5 and 7). A KEK or a manifest row under another
    // name is as good as deleted: neither allows anything.
    private static readonly HashSet<string> s_harmless =
    [
        "columncrypt_key.reserved_uses",
        "columncrypt_wrap.valid_from", "columncrypt_wrap.valid_to", "columncrypt_wrap.verified_at",
        "columncrypt_kek.kek_id",
        "columncrypt_column.database_name",
    ];

    private static readonly ColumnRecord s_column = new()
    {
        Database = "clinic", Schema = "public", Table = "Patients", Column = "Name", Purpose = "Patient.Name", Codec = "text", KeyColumns = "[\"Id\"]", IndexColumns = "[]",
    };

    public static TheoryData<string, string, string> Columns
    {
        get
        {
            TheoryData<string, string, string> data = [];
            foreach (string store in (string[])["sqlite", "postgresql"])
            {
                foreach (var table in (KeyTable[])[KeyTableSchema.Tenant, KeyTableSchema.Key, KeyTableSchema.Wrap, KeyTableSchema.Kek, KeyTableSchema.Column])
                {
                    foreach (var column in table.Columns)
                    {
                        data.Add(store, table.Name, column.Name);
                    }
                }
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Columns))]
    public async Task Column_WhenEdited_IsATypedErrorOrHarmless(string name, string table, string column)
    {
        await using var host = KeyStoreHosts.CreateSql(name);
        var kek = new SwitchableKek();
        byte[] value;
        using (var honest = Start(host, kek))
        {
            using var lease = await honest.AcquireRingAsync(Tenant, 1, default);
            value = lease.Encrypt("Patient.Name", "x", ValueCodecs.For<string>());
            await honest.RegisterColumnsAsync(Tenant, "clinic", [s_column], default);
        }

        await EditAsync(host, table, column);

        using var node = Start(host, kek);
        var error = await Record.ExceptionAsync(() => UseAsync(node, value));
        if (s_harmless.Contains($"{table}.{column}"))
        {
            Assert.Null(error);
        }
        else
        {
            Assert.True(error is KeyUnavailableException { IsTransient: false } or TenantMismatchException, $"{error?.GetType().Name ?? "nothing"} was raised: {error?.Message}");
        }
    }

    private static ColumnCryptInstance Start(SqlHost host, SwitchableKek kek) =>
        ColumnCryptInstance.Create(cc => cc.AddKekProvider(kek).UseKek(kek.Id).UseKeyStore(host.Open));

    private static async Task UseAsync(ColumnCryptInstance node, byte[] value)
    {
        using (var lease = await node.AcquireRingAsync(Tenant, 0, default))
        {
            Assert.Equal("x", lease.Decrypt("Patient.Name", value, ValueCodecs.For<string>()));
        }

        using (var lease = await node.AcquireRingAsync(Tenant, 1, default))
        {
            lease.Encrypt("Patient.Name", "y", ValueCodecs.For<string>());
        }

        await node.RegisterColumnsAsync(Tenant, "clinic", [s_column], default);
    }

    private static async Task EditAsync(SqlHost host, string table, string column)
    {
        string where = table switch
        {
            "columncrypt_key" => $" WHERE tenant = '{Tenant}'",
            "columncrypt_wrap" => $" WHERE key_id IN (SELECT key_id FROM {host.Prefix}columncrypt_key WHERE tenant = '{Tenant}')",
            _ => "",
        };
        await using var connection = await host.ConnectAsync();
        await using var read = connection.CreateCommand();
        read.CommandText = $"SELECT {column}, {(table == "columncrypt_column" ? "NULL" : TimeOf(table))} FROM {host.Prefix}{table}{where}";
        object before;
        object time;
        await using (var reader = await read.ExecuteReaderAsync())
        {
            Assert.True(await reader.ReadAsync());
            (before, time) = (reader.GetValue(0), reader.GetValue(1));
            Assert.False(await reader.ReadAsync());
        }

        var type = KeyTableSchema.Tables.Single(t => t.Name == table).Columns.Single(c => c.Name == column).Type;
        await using var write = connection.CreateCommand();
        write.CommandText = $"UPDATE {host.Prefix}{table} SET {column} = @value{where}";
        var parameter = write.CreateParameter();
        parameter.ParameterName = "@value";
        parameter.Value = Changed($"{table}.{column}", type, before, time);
        write.Parameters.Add(parameter);
        Assert.Equal(1, await write.ExecuteNonQueryAsync());
    }

    private static string TimeOf(string table) => table switch
    {
        "columncrypt_wrap" => "valid_from",
        "columncrypt_kek" => "added_at",
        _ => "created_at",
    };

    private static object Changed(string column, KeyColumnType type, object before, object time) => (column, type, before) switch
    {
        ("columncrypt_tenant.state", _, _) => nameof(TenantState.ShredScheduled),
        ("columncrypt_key.state", _, _) => nameof(KeyState.Deactivated),
        ("columncrypt_key.kind", _, _) => "index",
        ("columncrypt_kek.state", _, _) => nameof(KekState.Retired),
        (_, KeyColumnType.Time, DBNull) => time,
        (_, KeyColumnType.Time, DateTime at) => at.AddSeconds(1),
        (_, KeyColumnType.Time, string at) => string.Concat("2001", at.AsSpan(4)),
        (_, KeyColumnType.Time, long at) => at + 1_000,
        (_, KeyColumnType.Int or KeyColumnType.Long, _) => Convert.ToInt64(before, CultureInfo.InvariantCulture) + 1,
        (_, KeyColumnType.Bytes, byte[] bytes) => (byte[])[(byte)(bytes[0] ^ 1), .. bytes[1..]],
        (_, _, DBNull) => "x",
        _ => before + "x",
    };
}
