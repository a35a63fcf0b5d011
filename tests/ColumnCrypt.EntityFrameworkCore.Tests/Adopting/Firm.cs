using ColumnCrypt.Configuration;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Kek;
using ColumnCrypt.Manifest;
using ColumnCrypt.Store;
using ColumnCrypt.TestSupport;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Adopting;

/// <summary>A database that several versions of an application work on, and the keys that they share. States are set by hand, as the command sets them.</summary>
public sealed class Firm : IDisposable
{
    private readonly SwitchableKek _kek = new();
    private readonly InMemoryKeyStore _tables = new(TimeProvider.System);

    public Firm(DatabaseKind kind)
    {
        Database = new TestDatabase(kind);
        Keys = Node();
        using var adopting = Adopting();
        adopting.GetService<IRelationalDatabaseCreator>().EnsureCreated();
    }

    public TestDatabase Database { get; }

    public ColumnCryptInstance Keys { get; private set; }

    public AnyContext Adopting(Action<DbContextOptionsBuilder>? more = null) => AnyContext.Open(Database, Keys, Versions.Adopting, "acme", more);

    public AnyContext New() => AnyContext.Open(Database, Keys, Versions.New, "acme");

    /// <summary>The old version: without UseColumnCrypt.</summary>
    public OldContext Old() => OldContext.Open(Database);

    public async Task MoveAsync(AdoptionState state)
    {
        using var held = await Keys.AcquireRingAsync("acme", 1, TestContext.Current.CancellationToken);
        var rows = (await held.Ring.Session.GetInstallationAsync(create: false, default))!.Rows;
        using var connection = Database.Connect();
        string database = Database.Kind == DatabaseKind.Sqlite ? Path.GetFileName(connection.DataSource) : connection.Database;
        var moved = (await _tables.ReadColumnsAsync(database, default))
            .Where(static row => row.Adoption.Length > 0)
            .Select(row => rows.Sign(row with { Adoption = (ColumnAdoption.Parse(row.Adoption) with { State = state }).ToJson(), RowVersion = row.RowVersion + 1 }))
            .ToList();
        Assert.NotEmpty(moved);
        Assert.True(await _tables.TryWriteColumnsAsync(moved, null, default));
        Keys.Dispose();
        Keys = Node();
    }

    public void Dispose()
    {
        Keys.Dispose();
        Database.Dispose();
    }

    private ColumnCryptInstance Node() => ColumnCryptInstance.Create(cc =>
    {
        var kek = _kek.Twin();
        cc.AddKekProvider(kek).UseKek(kek.Id).UseKeyStore(() => _tables);
    });
}
