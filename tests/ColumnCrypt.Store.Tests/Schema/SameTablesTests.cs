using System.Text.RegularExpressions;
using ColumnCrypt.PostgreSql;
using ColumnCrypt.Sqlite;
using ColumnCrypt.Store.Schema;
using ColumnCrypt.Store.Tests.Hosts;
using ColumnCrypt.Store.Tests.PostgreSql;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Xunit;

namespace ColumnCrypt.Store.Tests.Schema;

/// <summary>The store's script and the application's migration make the same tables.</summary>
public sealed partial class SameTablesTests
{
    private const string PostgreSqlCatalogue = """
        SELECT concat_ws(' ', table_name, ordinal_position, column_name, data_type, is_nullable, collation_name, column_default, is_identity) AS line
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name LIKE 'columncrypt%'
        UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE conrelid::regclass::text LIKE 'columncrypt%'
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename LIKE 'columncrypt%'
        UNION ALL SELECT concat_ws(' ', id, version, generation) FROM columncrypt_schema
        ORDER BY line
        """;

    private const string SqliteCatalogue = """
        SELECT concat_ws(' ', t.name, c.cid, c.name, c.type, c."notnull", c.dflt_value, c.pk) AS line
        FROM sqlite_master t, pragma_table_xinfo(t.name) c WHERE t.type = 'table' AND t.name LIKE 'columncrypt%'
        UNION ALL SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name LIKE 'columncrypt%'
        UNION ALL SELECT concat_ws(' ', id, version, generation) FROM columncrypt_schema
        ORDER BY line
        """;

    [Fact]
    public async Task Migration_OnPostgreSql_MakesWhatTheScriptMakes()
    {
        await using var scripted = new PostgreSqlHost();
        await using var migrated = new PostgreSqlHost { CreateTables = false };
        await scripted.ExecuteAsync(scripted.Script);
        await using var context = new KeyTablesContext(new DbContextOptionsBuilder<KeyTablesContext>().UseNpgsql(migrated.ConnectionString).Options);
        await context.Database.MigrateAsync();

        var catalogue = await scripted.QueryAsync(PostgreSqlCatalogue);
        Assert.Equal(catalogue, await migrated.QueryAsync(PostgreSqlCatalogue));
        Assert.True(catalogue.Count > KeyTableSchema.Tables.Sum(static table => table.Columns.Count + table.Indexes.Count + 1));
        await MannersTests.CallEverythingAsync(await migrated.OpenCreatedAsync(), "clinic-a");
    }

    [Fact]
    public async Task Migration_OnSqlite_MakesWhatTheScriptMakes()
    {
        await using var scripted = new SqliteHost();
        await using var migrated = new SqliteHost { CreateTables = false };
        await scripted.ExecuteAsync(scripted.Script);
        await using var context = new KeyTablesContext(new DbContextOptionsBuilder<KeyTablesContext>().UseSqlite($"{migrated.ConnectionString};Pooling=False").Options);
        await context.Database.MigrateAsync();

        var catalogue = await scripted.QueryAsync(SqliteCatalogue);
        Assert.Equal(catalogue, await migrated.QueryAsync(SqliteCatalogue));
        Assert.True(catalogue.Count > KeyTableSchema.Tables.Sum(static table => table.Columns.Count + table.Indexes.Count));
        Assert.Equal(await ChecksAsync(scripted), await ChecksAsync(migrated));
        await MannersTests.CallEverythingAsync(await migrated.OpenCreatedAsync(), "clinic-a");
    }

    // The tables of the version before, as its script made them.
    [Fact]
    public async Task Upgrade_OfAnEarlierVersion_MakesWhatTheScriptMakes()
    {
        await AssertUpgradedAsync(static () => new PostgreSqlHost(), PostgreSqlCatalogue);
        await AssertUpgradedAsync(static () => new SqliteHost(), SqliteCatalogue);
    }

    [Fact]
    public async Task Migration_AsAnIdempotentScriptOnPostgreSql_Runs()
    {
        await using var host = new PostgreSqlHost { CreateTables = false };
        await using var context = new KeyTablesContext(new DbContextOptionsBuilder<KeyTablesContext>().UseNpgsql(host.ConnectionString).Options);
        var script = context.GetService<IMigrator>().GenerateScript(options: MigrationsSqlGenerationOptions.Idempotent);
        await host.ExecuteAsync(script);
        await host.ExecuteAsync(script);
        await MannersTests.CallEverythingAsync(host.Open(), "clinic-a");
    }

    [Fact]
    public void Scripts_OfVersion1_AreTheApprovedOnes()
    {
        Assert.Equal(1, KeyTableSchema.Version);
        AssertApproved("postgresql-1.sql", PostgreSqlKeyStore.CreateScript());
        AssertApproved("sqlite-1.sql", SqliteKeyStore.CreateScript());
    }

    [Fact]
    public void EveryName_IsLowerCaseAndFitsAnIdentifier()
    {
        foreach (var table in KeyTableSchema.Tables)
        {
            string[] names = [table.Name, table.PrimaryKeyName, .. table.Indexes.Select(index => index.Name), .. table.Columns.Select(column => column.Name), .. table.Columns.Select(table.CheckName)];
            Assert.All(names, static name => Assert.Matches("^columncrypt_[a-z_]{1,51}$|^[a-z_]{2,63}$", name));
            Assert.NotEmpty(table.PrimaryKey);
        }
    }

    private static async Task AssertUpgradedAsync(Func<SqlHost> make, string catalogue)
    {
        await using var made = make();
        await using var upgraded = make();
        await made.ExecuteAsync(made.Script);
        string before = AdoptionColumn().Replace(made.Script, "", 1);
        Assert.NotEqual(made.Script, before);
        await upgraded.ExecuteAsync(before);
        Assert.NotEqual(await made.QueryAsync(catalogue), await upgraded.QueryAsync(catalogue));
        await upgraded.ExecuteAsync(upgraded.UpgradeScript);
        Assert.Equal(await made.QueryAsync(catalogue), await upgraded.QueryAsync(catalogue));
    }

    private static async Task<List<string>> ChecksAsync(SqliteHost host)
    {
        var tables = await host.QueryAsync("SELECT sql FROM sqlite_master WHERE type = 'table' AND name LIKE 'columncrypt%'");
        return [.. tables.SelectMany(static sql => Check().Matches(sql!)).Select(static match => match.Value).Order(StringComparer.Ordinal)];
    }

    private static void AssertApproved(string file, string script)
    {
        var approved = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Schema", file)).ReplaceLineEndings("\n");
        Assert.Equal(approved, script.ReplaceLineEndings("\n"));
    }

    [GeneratedRegex("""    "adoption" \w+ NOT NULL DEFAULT '',\n""")]
    private static partial Regex AdoptionColumn();

    [GeneratedRegex(""" CONSTRAINT "\w+" CHECK \(.*\)""")]
    private static partial Regex Check();
}
