using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Safety;

// Must hold 1, 9 (PEERS 10)
public class ForgottenTests
{
    public class Note
    {
        public int Id { get; set; }

        [Encrypted]
        public string? Text { get; set; }
    }

    public class NoteContext(DbContextOptions<NoteContext> options) : DbContext(options)
    {
        public DbSet<Note> Notes => Set<Note>();
    }

    /// <summary>No set names the type: only the model knows it.</summary>
    public class HiddenContext(DbContextOptions<HiddenContext> options) : DbContext(options)
    {
        protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Note>().ToTable("Notes");
    }

    public class FluentNote
    {
        public int Id { get; set; }

        public string? Text { get; set; }
    }

    public class FluentContext(DbContextOptions<FluentContext> options) : DbContext(options)
    {
        public DbSet<FluentNote> Notes => Set<FluentNote>();

        protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<FluentNote>().Property(static n => n.Text).IsEncrypted();
    }

    public class NoteContextFactory : IDesignTimeDbContextFactory<NoteContext>
    {
        public NoteContext CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<NoteContext>().UseSqlite("Data Source=:memory:").Options);
    }

    [Fact]
    public void Context_WithoutUseColumnCrypt_IsRefusedWhenItIsFirstUsed()
    {
        using var connection = Connect();
        using var db = new NoteContext(new DbContextOptionsBuilder<NoteContext>().UseSqlite(connection).Options);
        var error = Assert.Throws<EncryptionModelException>(() => db.Database.EnsureCreated());
        Assert.Contains("lack UseColumnCrypt", error.Message, StringComparison.Ordinal);
        Assert.Throws<EncryptionModelException>(() => new NoteContext(new DbContextOptionsBuilder<NoteContext>().UseSqlite(connection).Options).Add(new Note()));
    }

    [Fact]
    public void ContextWhoseModelAloneKnows_WithoutUseColumnCrypt_IsRefusedAtQueryAndSave()
    {
        using var connection = Connect();
        using var db = new HiddenContext(new DbContextOptionsBuilder<HiddenContext>().UseSqlite(connection).Options);
        db.Add(new Note { Text = "x" });
        Assert.Throws<EncryptionModelException>(() => db.SaveChanges());
        Assert.Throws<EncryptionModelException>(() => db.Set<Note>().ToList());
        Assert.Throws<EncryptionModelException>(() => db.Set<Note>().ExecuteDelete());
    }

    [Fact]
    public void FluentModel_WithoutUseColumnCrypt_IsRefused()
    {
        using var connection = Connect();
        using var db = new FluentContext(new DbContextOptionsBuilder<FluentContext>().UseSqlite(connection).Options);
        Assert.Throws<EncryptionModelException>(() => db.Model);
    }

    [Fact]
    public void DesignTimeFactory_WithoutUseColumnCrypt_IsRefused() =>
        Assert.Throws<EncryptionModelException>(static () => new NoteContextFactory().CreateDbContext([]).GetService<IDesignTimeModel>());

    [Fact]
    public void InternalServiceProvider_WithOrWithoutUseColumnCrypt_IsRefused()
    {
        using var connection = Connect();
        using var services = new ServiceCollection().AddEntityFrameworkSqlite().BuildServiceProvider();
        var without = new DbContextOptionsBuilder<NoteContext>().UseSqlite(connection).UseInternalServiceProvider(services);
        var with = new DbContextOptionsBuilder<NoteContext>().UseSqlite(connection).UseColumnCrypt().UseInternalServiceProvider(services);
        Assert.Contains("UseInternalServiceProvider", Refusal(without), StringComparison.Ordinal);
        Assert.Contains("UseInternalServiceProvider", Refusal(with), StringComparison.Ordinal);
    }

    [Fact]
    public void InMemoryProvider_IsRefusedWithTheWayOut()
    {
        Assert.Contains("UseInMemoryKeys", Refusal(new DbContextOptionsBuilder<NoteContext>().UseInMemoryDatabase("x").UseColumnCrypt()), StringComparison.Ordinal);
        Assert.Contains("InMemory provider", Refusal(new DbContextOptionsBuilder<NoteContext>().UseInMemoryDatabase("x")), StringComparison.Ordinal);
    }

    [Fact]
    public void WrongOrderAndReplacedServices_AreRefused()
    {
        using var connection = Connect();
        var wrong = new DbContextOptionsBuilder<NoteContext>().UseColumnCrypt().UseSqlite(connection);
        var replaced = new DbContextOptionsBuilder<NoteContext>().UseSqlite(connection).ReplaceService<IExecutionStrategyFactory, RelationalExecutionStrategyFactory>().UseColumnCrypt();
        Assert.Contains("after UseSqlite", Refusal(wrong), StringComparison.Ordinal);
        Assert.Contains("ReplaceService", Refusal(replaced), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Application_ThatNamesNothingOfThePackage_IsRefusedToo()
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ColumnCrypt.Forgetful.dll")]) { RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        Assert.StartsWith("EncryptionModelException: ForgetfulContext has types with [Encrypted] members", output, StringComparison.Ordinal);
    }

    [Fact]
    public void ContextWithoutTaggedTypes_IsLeftAlone()
    {
        using var connection = Connect();
        using var db = new PlainContext(new DbContextOptionsBuilder<PlainContext>().UseSqlite(connection).Options);
        db.Database.EnsureCreated();
        db.Add(new FluentNote { Text = "x" });
        db.SaveChanges();
        Assert.Equal("x", db.Notes.Single(static n => n.Text == "x").Text);
    }

    public class PlainContext(DbContextOptions<PlainContext> options) : DbContext(options)
    {
        public DbSet<FluentNote> Notes => Set<FluentNote>();
    }

    private static string Refusal(DbContextOptionsBuilder<NoteContext> options) => Assert.Throws<EncryptionModelException>(() =>
    {
        using var db = new NoteContext(options.Options);
        _ = db.Model;
    }).Message;

    private static SqliteConnection Connect()
    {
        var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        return connection;
    }
}
