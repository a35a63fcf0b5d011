using System.Data.Common;
using ColumnCrypt.EntityFrameworkCore.Tests.Support;
using ColumnCrypt.Lifecycle;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Operations;

// Issue 3: which columns depend on a compromised key, and how many rows of each
public sealed class RowCountTests
{
    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Rows_UnderEachKey_AreCountedInEachColumn(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        await using var keys = TestKeys.InMemory();
        await using (var context = AnyContext.Open(database, keys, Model, "acme"))
        {
            await context.Database.EnsureCreatedAsync();
            context.AddRange(Of(1, "a", "x"), Of(2, "b", null), Of(3, null, null));
            context.Add(new Visit { Id = 1, Reason = "r" });
            await context.SaveChangesAsync();
        }

        await using (var other = AnyContext.Open(database, keys, Model, "globex"))
        {
            other.Add(Of(4, "c", "y"));
            await other.SaveChangesAsync();
        }

        var first = (await keys.Keys.ListKeysAsync("acme"))[0];
        var report = await keys.Keys.CompromiseAsync(first.KeyId, "test");
        await using (var context = AnyContext.Open(database, keys, Model, "acme"))
        {
            context.Add(Of(5, "d", "z"));
            await context.SaveChangesAsync();
        }

        await using var data = DataOf(database);
        Assert.Equal([("Note\"s", 2), ("Title", 1), ("Reason", 1)], await CountAsync(first));
        Assert.Equal([("Note\"s", 1), ("Title", 1), ("Reason", 0)], await CountAsync(report.Successor!));
        Assert.Equal([("Note\"s", 1), ("Title", 1), ("Reason", 0)], await CountAsync((await keys.Keys.ListKeysAsync("globex"))[0]));

        using var elsewhere = new TestDatabase(kind);
        await using var empty = DataOf(elsewhere, "other.db");
        Assert.All(await keys.Keys.CountRowsAsync(first.KeyId, empty), static one => Assert.Null(one.Rows));

        async Task<IEnumerable<(string, long)>> CountAsync(KeyInfo key) =>
            (await keys.Keys.CountRowsAsync(key.KeyId, data)).Select(static one => (one.Column.Column, one.Rows!.Value)).OrderBy(static one => one.Item1 == "Reason").ThenBy(static one => one.Item1);
    }

    private static Note Of(int id, string? text, string? title) => new() { Id = id, Text = text, Title = title };

    private static DbDataSource DataOf(TestDatabase database, string? file = null)
    {
        using var connection = database.Connect();
        string text = connection.ConnectionString;
        return database.Kind == DatabaseKind.PostgreSql
            ? NpgsqlDataSource.Create(text)
            : SqliteFactory.Instance.CreateDataSource(file is null ? text : text.Replace("app.db", file, StringComparison.Ordinal));
    }

    private static void Model(ModelBuilder model)
    {
        model.Entity<Note>(note =>
        {
            note.ToTable("No\"tes");
            note.Property(static n => n.Text).HasColumnName("Note\"s").IsEncrypted();
            note.Property(static n => n.Title).IsEncrypted();
        });
        model.Entity<Visit>().Property(static visit => visit.Reason).IsEncrypted();
    }

    private sealed class Note
    {
        public int Id { get; set; }

        public string? Text { get; set; }

        public string? Title { get; set; }
    }

    private sealed class Visit
    {
        public int Id { get; set; }

        public string Reason { get; set; } = "";
    }
}
