using System.Data.Common;
using ColumnCrypt.Configuration;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Metadata;
using ColumnCrypt.TestSupport;
using Microsoft.Data.Sqlite;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Operations;

// Two shards whose databases have one name, under one key store
public sealed class DatabaseNameTests
{
    [Fact]
    public async Task TwoFilesOfOneName_AreWarnedOfOnce_AndOneThatIsOpenAndClosedIsNot()
    {
        using var first = new TestDatabase();
        using var second = new TestDatabase();
        using var log = new EventList();
        await using var keys = ColumnCryptInstance.Create(cc => cc.UseInMemoryKeys().UseLoggerFactory(log));
        await WriteAsync(first, keys, "a");
        await using (var connected = first.Connect())
        {
            await using var open = AnyContext.Open(first, keys, Model, more: options => options.UseSqlite(connected));
            open.Add(new Note { Text = "b" });
            await open.SaveChangesAsync();
        }

        Assert.DoesNotContain(ColumnCryptEventId.DatabaseNameShared, log.Events);
        await WriteAsync(second, keys, "c");
        await WriteAsync(second, keys, "d");
        Assert.Single(log.Events, static one => one == ColumnCryptEventId.DatabaseNameShared);
    }

    [Fact]
    public async Task NamedApart_AKeyThatOneOfThemNeeds_IsNotDestroyed()
    {
        using var first = new TestDatabase();
        using var second = new TestDatabase();
        using var log = new EventList();
        string one = first.Connect().DataSource;
        await using var keys = ColumnCryptInstance.Create(cc =>
        {
            cc.UseInMemoryKeys().UseLoggerFactory(log).NameDatabases(connection => Path.GetFullPath(connection.DataSource) == one ? "shard-1" : "shard-2");
            (cc.Bounds.RevocationBound, cc.Bounds.PollInterval) = (TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(100));
        });
        await WriteAsync(first, keys, "a");
        await WriteAsync(second, keys, "b");
        var key = Assert.Single(await keys.Keys.ListKeysAsync(TenantId.Default), static key => key.Kind == KeyKind.Data).KeyId;
        await keys.Keys.CompromiseAsync(key, "a test");
        Assert.Equal(1, (await keys.Keys.ReencryptAsync(new(), DataOf(first))).Changed);

        var counted = await keys.Keys.CountRowsAsync(key, DataOf(first));
        Assert.Equal([("shard-1", 0L), ("shard-2", null)], counted.Select(static column => (column.Column.Database, column.Rows)));
        var error = await Assert.ThrowsAsync<KeyStateException>(() => keys.Keys.DestroyAsync(key, "emptied", DataOf(first)));
        Assert.Contains("'shard-2'", error.Message, StringComparison.Ordinal);
        Assert.Contains("1 values", (await Assert.ThrowsAsync<KeyStateException>(() => keys.Keys.DestroyAsync(key, "emptied", DataOf(second)))).Message, StringComparison.Ordinal);
        Assert.DoesNotContain(ColumnCryptEventId.DatabaseNameShared, log.Events);

        await using var db = AnyContext.Open(second, keys, Model);
        Assert.Equal("b", (await db.Set<Note>().SingleAsync()).Text);
    }

    private static async Task WriteAsync(TestDatabase database, ColumnCryptInstance keys, string text)
    {
        await using var db = AnyContext.Open(database, keys, Model);
        await db.Database.EnsureCreatedAsync();
        db.Add(new Note { Text = text });
        await db.SaveChangesAsync();
    }

    private static void Model(ModelBuilder model) => model.Entity<Note>();

    private static DbDataSource DataOf(TestDatabase database)
    {
        using var connection = database.Connect();
        return SqliteFactory.Instance.CreateDataSource($"Data Source={connection.DataSource};Pooling=False");
    }

    public sealed class Note
    {
        public int Id { get; set; }

        [Encrypted]
        public string? Text { get; set; }
    }
}
