using System.Diagnostics;
using ColumnCrypt.Configuration;
using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Bulk;

// Raw ADO.NET, Dapper and COPY write what Entity Framework reads, and read what it wrote. COLUMNCRYPT_LONG=1: 10,000,000 rows.
public sealed class BulkTests
{
    private const int Batch = 10_000;
    private const long MiB = 1024 * 1024;

    public class Person
    {
        public int Id { get; set; }

        [Encrypted("person.email"), System.ComponentModel.DataAnnotations.MaxLength(100)]
        public string Email { get; set; } = "";

        [Encrypted]
        public DateOnly? Born { get; set; }

        [Encrypted]
        public Level Level { get; set; }

        public string City { get; set; } = "";
    }

    public enum Level
    {
        None,
        Gold,
    }

    public sealed record EmailRow(long Id, byte[] Email);

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task RawCommands_AndDapper_ShareRowsWithEntityFramework(DatabaseKind kind)
    {
        using var database = new TestDatabase(kind);
        await using var keys = TestKeys.InMemory();
        await using var db = Open(database, keys);
        await db.Database.EnsureCreatedAsync(TestContext.Current.CancellationToken);
        db.Add(new Person { Id = 1, Email = "ef@example.org", Born = new DateOnly(1815, 12, 10), Level = Level.Gold });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);

        using var email = await db.GetCipherAsync((Person p) => p.Email, values: 2, TestContext.Current.CancellationToken);
        using var born = await db.GetCipherAsync((Person p) => p.Born, values: 2, TestContext.Current.CancellationToken);
        using var level = await db.GetCipherAsync((Person p) => p.Level, values: 2, TestContext.Current.CancellationToken);
        await using var connection = database.Connect();
        await connection.ExecuteAsync(
            """INSERT INTO "Person" ("Id", "Email", "Born", "Level", "City") VALUES (@Id, @Email, @Born, @Level, '')""",
            new[]
            {
                new { Id = 2, Email = email.Encrypt("dapper@example.org"), Born = (byte[]?)born.Encrypt(new DateOnly(2000, 1, 2)), Level = level.Encrypt(Level.None) },
                new { Id = 3, Email = email.Encrypt(""), Born = (byte[]?)null, Level = level.Encrypt(Level.Gold) },
            });

        var people = await db.Set<Person>().AsNoTracking().OrderBy(static p => p.Id).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["ef@example.org", "dapper@example.org", ""], people.Select(static p => p.Email));
        Assert.Equal([new DateOnly(1815, 12, 10), new DateOnly(2000, 1, 2), null], people.Select(static p => p.Born));
        Assert.Equal([Level.Gold, Level.None, Level.Gold], people.Select(static p => p.Level));

        var rows = await connection.QueryAsync<(long Id, byte[] Email)>("""SELECT "Id", "Email" FROM "Person" ORDER BY "Id" """);
        Assert.Equal(people.Select(static p => p.Email), rows.Select(row => email.Decrypt(row.Email)));

        await using var command = connection.CreateCommand();
        command.CommandText = """SELECT "Email", "Born" FROM "Person" ORDER BY "Id" """;
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        List<(string?, DateOnly?)> read = [];
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            read.Add((email.Read(reader, 0), born.Read(reader, 1)));
        }

        Assert.Equal(people.Select(static p => ((string?)p.Email, p.Born)), read);
    }

    [Fact]
    public async Task BinaryCopy_InAndOut_RunsInFlatMemory()
    {
        int rows = Environment.GetEnvironmentVariable("COLUMNCRYPT_LONG") == "1" ? 10_000_000 : 60_000;
        using var database = new TestDatabase(DatabaseKind.PostgreSql);
        await using var keys = TestKeys.InMemory();
        await using var db = Open(database, keys);
        await db.Database.EnsureCreatedAsync(TestContext.Current.CancellationToken);
        await using var connection = (NpgsqlConnection)database.Connect();
        await ImportAsync(db, connection, 0, Batch);
        await ExportAsync(db, connection, Batch);
        long before = ResidentBytes();

        await ImportAsync(db, connection, Batch, rows);
        await ExportAsync(db, connection, rows);

        long growth = ResidentBytes() - before;
        Assert.True(growth < 64 * MiB, $"the process has grown by {growth / MiB} MiB");
        var last = await db.Set<Person>().AsNoTracking().SingleAsync(p => p.Id == rows - 1, TestContext.Current.CancellationToken);
        Assert.Equal((EmailOf(rows - 1), BornOf(rows - 1)), (last.Email, last.Born));
    }

    [Fact]
    public async Task Cipher_ChecksWhatEntityFrameworkChecks()
    {
        using var database = new TestDatabase();
        await using var keys = TestKeys.InMemory();
        await using var db = Open(database, keys);
        await db.Database.EnsureCreatedAsync(TestContext.Current.CancellationToken);
        using var email = await db.GetCipherAsync((Person p) => p.Email, values: 2, TestContext.Current.CancellationToken);
        Assert.Equal(("t1", "person.email"), (email.Tenant, email.Purpose));
        var tooLong = Assert.Throws<ColumnCryptException>(() => email.Encrypt(new string('x', 101)));
        Assert.Contains("100", tooLong.Message, StringComparison.Ordinal);
        Assert.Throws<ColumnCryptException>(() => email.TryEncrypt(new string('x', 101), new byte[500], out _));

        await Assert.ThrowsAsync<EncryptionModelException>(async () => await db.GetCipherAsync((Person p) => p.City));
        await Assert.ThrowsAsync<EncryptionModelException>(async () => await db.GetCipherAsync((Person p) => p.Email.Length));
        await Assert.ThrowsAsync<EncryptionModelException>(async () => await db.GetCipherAsync((EmailRow r) => r.Email));
        await using var converted = AnyContext.Open(database, keys, static model => model.Entity<Person>().Property(static p => p.Level).HasConversion<string>(), "t1");
        var own = await Assert.ThrowsAsync<EncryptionModelException>(async () => await converted.GetCipherAsync((Person p) => p.Level));
        Assert.Contains("conversion of its own", own.Message, StringComparison.Ordinal);
        await using var tenantless = AnyContext.Open(database, keys, static model => model.Entity<Person>(), more: static _ => { });
        using var ofDefault = await tenantless.GetCipherAsync((Person p) => p.Email, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("default", ofDefault.Tenant);
    }

    [Fact]
    public async Task Cipher_OfAConstantTenant_IsThatTenants()
    {
        using var database = new TestDatabase();
        await using var keys = TestKeys.InMemory();
        await using var db = AnyContext.Open(database, keys, static model => model.Entity<Person>().HasTenant("shared"), "t1");
        using var email = await db.GetCipherAsync((Person p) => p.Email, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("shared", email.Tenant);
    }

    private static async Task ImportAsync(DbContext db, NpgsqlConnection connection, int from, int to)
    {
        using var email = await db.GetCipherAsync((Person p) => p.Email, values: Batch, TestContext.Current.CancellationToken);
        using var born = await db.GetCipherAsync((Person p) => p.Born, values: Batch, TestContext.Current.CancellationToken);
        using var level = await db.GetCipherAsync((Person p) => p.Level, values: Batch, TestContext.Current.CancellationToken);
        await using var writer = await connection.BeginBinaryImportAsync(
            """COPY "Person" ("Id", "Email", "Born", "Level", "City") FROM STDIN (FORMAT BINARY)""", TestContext.Current.CancellationToken);
        for (int id = from; id < to; id++)
        {
            if (id % Batch == 0)
            {
                await email.PrepareAsync(Batch, TestContext.Current.CancellationToken);
                await born.PrepareAsync(Batch, TestContext.Current.CancellationToken);
                await level.PrepareAsync(Batch, TestContext.Current.CancellationToken);
            }

            await writer.StartRowAsync(TestContext.Current.CancellationToken);
            await writer.WriteAsync(id, NpgsqlDbType.Integer, TestContext.Current.CancellationToken);
            await writer.WriteAsync(email.Encrypt(EmailOf(id)), NpgsqlDbType.Bytea, TestContext.Current.CancellationToken);
            await writer.WriteAsync(born.Encrypt(BornOf(id)), NpgsqlDbType.Bytea, TestContext.Current.CancellationToken);
            await writer.WriteAsync(level.Encrypt(Level.Gold), NpgsqlDbType.Bytea, TestContext.Current.CancellationToken);
            await writer.WriteAsync("", NpgsqlDbType.Text, TestContext.Current.CancellationToken);
        }

        await writer.CompleteAsync(TestContext.Current.CancellationToken);
    }

    private static async Task ExportAsync(DbContext db, NpgsqlConnection connection, int rows)
    {
        using var email = await db.GetCipherAsync((Person p) => p.Email, cancellationToken: TestContext.Current.CancellationToken);
        using var born = await db.GetCipherAsync((Person p) => p.Born, cancellationToken: TestContext.Current.CancellationToken);
        await using var reader = await connection.BeginBinaryExportAsync(
            """COPY (SELECT "Id", "Email", "Born" FROM "Person") TO STDOUT (FORMAT BINARY)""", TestContext.Current.CancellationToken);
        int count = 0;
        while (await reader.StartRowAsync(TestContext.Current.CancellationToken) >= 0)
        {
            int id = await reader.ReadAsync<int>(NpgsqlDbType.Integer, TestContext.Current.CancellationToken);
            string text = email.Decrypt(await reader.ReadAsync<byte[]>(NpgsqlDbType.Bytea, TestContext.Current.CancellationToken));
            var date = born.Decrypt(await reader.ReadAsync<byte[]>(NpgsqlDbType.Bytea, TestContext.Current.CancellationToken));
            if (text != EmailOf(id) || date != BornOf(id))
            {
                Assert.Fail($"Row {id} was read as something else.");
            }

            count++;
        }

        Assert.Equal(rows, count);
    }

    private static AnyContext Open(TestDatabase database, ColumnCryptInstance keys) => AnyContext.Open(database, keys, static model => model.Entity<Person>(), "t1");

    private static string EmailOf(int id) => $"person-{id}@example.org";

    private static DateOnly? BornOf(int id) => new DateOnly(1900, 1, 1).AddDays(id % 40_000);

    private static long ResidentBytes()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
