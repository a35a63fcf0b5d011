using System.Data.Common;
using ColumnCrypt.Configuration;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;
using ColumnCrypt.TestSupport;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>A database that several versions of an application work on, and the keys that they share. States are set by hand, as the command sets them.</summary>
public sealed class Firm : IDisposable
{
    private readonly SwitchableKek _kek = new();
    private readonly InMemoryKeyStore _tables = new(TimeProvider.System);

    private readonly Action<ModelBuilder> _adopting;

    /// <param name="kind">The kind of database.</param>
    /// <param name="adopting">The adopting version of the application; null for that of employees.</param>
    public Firm(DatabaseKind kind, Action<ModelBuilder>? adopting = null)
    {
        _adopting = adopting ?? Versions.Adopting;
        Database = new TestDatabase(kind);
        Keys = Node();
        using var db = Adopting();
        db.GetService<IRelationalDatabaseCreator>().EnsureCreated();
    }

    public TestDatabase Database { get; }

    public string Tenant => _adopting == Versions.Adopting ? "acme" : "north";

    public ColumnCryptInstance Keys { get; private set; }

    public AnyContext Adopting(Action<DbContextOptionsBuilder>? more = null) => AnyContext.Open(Database, Keys, _adopting, Tenant, more);

    public AnyContext New() => AnyContext.Open(Database, Keys, Versions.New, "acme");

    /// <summary>The old version: without UseColumnCrypt.</summary>
    public OldContext Old(Action<ModelBuilder>? old = null) => OldContext.Open(Database, old ?? Versions.Old);

    /// <summary>What the manifest says of the adopted columns.</summary>
    public async Task<List<ColumnRecord>> ManifestAsync()
    {
        using var connection = Database.Connect();
        string database = Database.Kind == DatabaseKind.Sqlite ? Path.GetFileName(connection.DataSource) : connection.Database;
        return [.. (await _tables.ReadColumnsAsync(database, default)).Where(static row => row.Adoption.Length > 0)];
    }

    public async Task MoveAsync(AdoptionState state)
    {
        using var held = await Keys.AcquireRingAsync(Tenant, 1, TestContext.Current.CancellationToken);
        var rows = (await held.Ring.Session.GetInstallationAsync(create: false, default))!.Rows;
        var moved = (await ManifestAsync())
            .Select(row => rows.Sign(row with { Adoption = (ColumnAdoption.Parse(row.Adoption) with { State = state }).ToJson(), RowVersion = row.RowVersion + 1 }))
            .ToList();
        Assert.NotEmpty(moved);
        Assert.True(await _tables.TryWriteColumnsAsync(moved, null, default));
        Keys.Dispose();
        Keys = Node();
    }

    /// <summary>The database as an operator's process reaches it.</summary>
    public DbDataSource Data()
    {
        using var connection = Database.Connect();
        return Database.Kind == DatabaseKind.PostgreSql ? NpgsqlDataSource.Create(connection.ConnectionString) : SqliteFactory.Instance.CreateDataSource(connection.ConnectionString);
    }

    public void Dispose()
    {
        Keys.Dispose();
        Database.Dispose();
    }

    /// <summary>Another node of the same installation.</summary>
    public ColumnCryptInstance Node() => ColumnCryptInstance.Create(cc =>
    {
        var kek = _kek.Twin();
        (cc.Bounds.RevocationBound, cc.Bounds.PollInterval) = (TimeSpan.FromSeconds(3), TimeSpan.FromMilliseconds(100));
        cc.AddKekProvider(kek).UseKek(kek.Id).UseKeyStore(() => _tables);
    });
}
