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
    private readonly TimeProvider _time;
    private readonly InMemoryKeyStore _tables;
    private readonly Action<ModelBuilder> _adopting;

    /// <param name="kind">The kind of database.</param>
    /// <param name="adopting">The adopting version of the application; null for that of employees.</param>
    /// <param name="tenant">The tenant of its contexts; null for that of the version.</param>
    /// <param name="time">The clock of its nodes; null for the system's.</param>
    public Firm(DatabaseKind kind, Action<ModelBuilder>? adopting = null, string? tenant = null, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _tables = new InMemoryKeyStore(_time);
        _adopting = adopting ?? Versions.Adopting;
        Tenant = tenant ?? (_adopting == Versions.Adopting ? "acme" : "north");
        Database = new TestDatabase(kind);
        Keys = Node();
        using var db = Adopting();
        db.GetService<IRelationalDatabaseCreator>().EnsureCreated();
    }

    public TestDatabase Database { get; }

    public string Tenant { get; }

    public ColumnCryptInstance Keys { get; private set; }

    /// <summary>What its nodes have logged.</summary>
    public EventList Events { get; } = new();

    public AnyContext Adopting(Action<DbContextOptionsBuilder>? more = null) => AnyContext.Open(Database, Keys, _adopting, Tenant, more);

    /// <summary>Another version of the application.</summary>
    public AnyContext Open(Action<ModelBuilder> version) => AnyContext.Open(Database, Keys, version, Tenant);

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

    /// <param name="state">The state.</param>
    /// <param name="ago">For how long it has been in it; null for as long as it was in the one before.</param>
    public async Task MoveAsync(AdoptionState state, TimeSpan? ago = null)
    {
        using var held = await Keys.AcquireRingAsync(Tenant, 1, TestContext.Current.CancellationToken);
        var rows = (await held.Ring.Session.GetInstallationAsync(create: false, default))!.Rows;
        var moved = (await ManifestAsync())
            .Select(row => (row, Adoption: ColumnAdoption.Parse(row.Adoption)))
            .Select(one => rows.Sign(one.row with
            {
                Adoption = (one.Adoption with { State = state, Since = ago is { } time ? _time.GetUtcNow() - time : one.Adoption.Since }).ToJson(),
                RowVersion = one.row.RowVersion + 1,
            }))
            .ToList();
        Assert.NotEmpty(moved);
        Assert.True(await _tables.TryWriteColumnsAsync(moved, null, default));
        Restart();
    }

    /// <summary>Begins with a node that knows nothing yet.</summary>
    public void Restart()
    {
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
        cc.AddKekProvider(kek).UseKek(kek.Id).UseKeyStore(() => _tables).UseTimeProvider(_time).UseLoggerFactory(Events);
    });
}
