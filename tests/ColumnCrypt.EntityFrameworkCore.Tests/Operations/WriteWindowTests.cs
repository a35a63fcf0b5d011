using System.Data.Common;
using ColumnCrypt.Configuration;
using ColumnCrypt.EntityFrameworkCore.Runtime;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Operations;

// Values are encrypted while EF builds a command, and at no other time, whatever the application's own interceptors do.
public sealed class WriteWindowTests : IDisposable
{
    private readonly TestDatabase _database = new();
    private readonly ColumnCryptInstance _keys = TestKeys.InMemory();

    [Fact]
    public async Task Interceptor_OfTheApplication_IsToldOfEveryMomentOnce()
    {
        var watcher = new Watcher();
        await using var db = await OpenAsync(watcher);
        watcher.Moments.Clear();
        db.Add(new Note { Text = "one" });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["creating", "created", "initialized with Byte[]", "executing", "executed"], watcher.Moments);
        watcher.Moments.Clear();
        Assert.Equal("one", (await db.Set<Note>().AsNoTracking().SingleAsync(TestContext.Current.CancellationToken)).Text);
        Assert.Equal(["creating", "created", "initialized with ", "executing", "executed"], watcher.Moments);
    }

    [Theory]
    [InlineData("creating")]
    [InlineData("created")]
    [InlineData("initialized with Byte[]")]
    public async Task Interceptor_ThatThrows_LeavesNoWindowOpen(string moment)
    {
        var watcher = new Watcher();
        await using var db = await OpenAsync(watcher);
        watcher.FailsAt = moment;
        db.Add(new Note { Text = "one" });
        var failed = Assert.Throws<DbUpdateException>(() => db.SaveChanges());
        Assert.Equal(moment, failed.InnerException!.Message);
        Assert.Throws<ColumnCryptException>(static () => EncryptedValue.Seal("plain", "note.text", null, 0));
        watcher.FailsAt = null;
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        Assert.Equal("one", (await db.Set<Note>().AsNoTracking().SingleAsync(TestContext.Current.CancellationToken)).Text);
    }

    [Fact]
    public async Task Command_OfAnInterceptor_GetsCiphertextToo()
    {
        var watcher = new Watcher { Replaces = true };
        await using var db = await OpenAsync(watcher);
        watcher.Moments.Clear();
        db.Add(new Note { Text = "one" });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        Assert.Contains("initialized with Byte[]", watcher.Moments);
    }

    public void Dispose()
    {
        _keys.Dispose();
        _database.Dispose();
    }

    private async Task<AnyContext> OpenAsync(Watcher watcher)
    {
        var db = AnyContext.Open(_database, _keys, static model => model.Entity<Note>(), more: options => options.AddInterceptors(watcher));
        await db.Database.EnsureCreatedAsync(TestContext.Current.CancellationToken);
        return db;
    }

    public class Note
    {
        public int Id { get; set; }

        [Encrypted("note.text")]
        public string Text { get; set; } = "";
    }

    private sealed class Watcher : DbCommandInterceptor
    {
        public List<string> Moments { get; } = [];

        public string? FailsAt { get; set; }


        public bool Replaces { get; set; }

        public override InterceptionResult<DbCommand> CommandCreating(CommandCorrelatedEventData eventData, InterceptionResult<DbCommand> result)
        {
            Note("creating");
            return Replaces ? InterceptionResult<DbCommand>.SuppressWithResult(eventData.Connection.CreateCommand()) : result;
        }

        public override DbCommand CommandCreated(CommandEndEventData eventData, DbCommand result)
        {
            Note("created");
            return result;
        }

        public override DbCommand CommandInitialized(CommandEndEventData eventData, DbCommand result)
        {
            Note($"initialized with {string.Join(',', result.Parameters.Cast<DbParameter>().Select(static p => p.Value!.GetType().Name))}");
            return result;
        }

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            Note("executing");
            return new(result);
        }

        public override ValueTask<DbDataReader> ReaderExecutedAsync(
            DbCommand command, CommandExecutedEventData eventData, DbDataReader result, CancellationToken cancellationToken = default)
        {
            Note("executed");
            return new(result);
        }

        private void Note(string moment)
        {
            Moments.Add(moment);
            if (moment == FailsAt)
            {
                // Closed again already, or not open yet.
                Assert.Throws<ColumnCryptException>(static () => EncryptedValue.Seal("plain", "note.text", null, 0));
                throw new InvalidOperationException(moment);
            }
        }
    }
}
