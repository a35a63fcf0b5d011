using System.Globalization;
using ColumnCrypt.Adopting;
using ColumnCrypt.Format;
using ColumnCrypt.Jobs;
using ColumnCrypt.Manifest;
using ColumnCrypt.Reencrypting;
using Xunit;

namespace ColumnCrypt.Store.Tests.Stepping;

/// <summary>What the stepper has to walk: every type, keys of any type, tables with more to them; and when it waits.</summary>
public sealed class StepperTests
{
    public static TheoryData<string> Databases => Ward.Databases;

    [Theory, MemberData(nameof(Databases))]
    public async Task Types_EachAdoptedAndGivenBack_AreWhatTheyWere(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        (string Codec, string PostgreSql, string Sqlite, object Value)[] types =
        [
            ("text", "text", "TEXT", "Grüße \U0001F600"), ("bytes", "bytea", "BLOB", new byte[] { 0, 1, 255 }), ("bool", "boolean", "INTEGER", true),
            ("i16", "smallint", "INTEGER", (short)-7), ("i32", "integer", "INTEGER", int.MinValue), ("i64", "bigint", "INTEGER", long.MaxValue),
            ("f32", "real", "REAL", 0.5f), ("f64", "double precision", "REAL", 1.1e-300), ("decimal", "numeric", "TEXT", 12345678901234567890.12m),
            ("guid", "uuid", "TEXT", Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e")), ("date", "date", "TEXT", new DateOnly(1936, 2, 29)),
            ("time", "time", "TEXT", new TimeOnly(23, 59, 58, 123)), ("timespan", "interval", "TEXT", -TimeSpan.FromMinutes(90)),
            ("datetime", "timestamp without time zone", "TEXT", new DateTime(2026, 11, 30, 1, 2, 3, 4, DateTimeKind.Unspecified)),
            ("datetimeoffset", "timestamp with time zone", "TEXT", new DateTimeOffset(2026, 11, 30, 1, 2, 3, TimeSpan.Zero)), ("char", "text", "TEXT", "x"),
        ];
        var columns = types.Select(static (type, i) => (type.Codec, Plain: $"p{i}", Cipher: $"c{i}", type.Value)).ToList();
        string empty = ward.IsPostgreSql ? "''" : "x''";
        await ward.ExecuteAsync($"CREATE TABLE things (id integer PRIMARY KEY, {string.Join(", ", types.Select((type, i) => $"p{i} {(ward.IsPostgreSql ? type.PostgreSql : type.Sqlite)}, c{i} {ward.Bytes} DEFAULT {empty}"))})");
        await ward.RegisterAsync([.. columns.Select(column => ward.Column("things", column.Cipher, column.Codec) with { Adoption = new ColumnAdoption { PlainColumn = column.Plain }.ToJson() })]);
        await ward.ExecuteAsync($"INSERT INTO things (id, {string.Join(", ", columns.Select(static column => column.Plain))}) VALUES (1, {string.Join(", ", columns.Select(static column => "@" + column.Plain))})", [.. columns.Select(static column => (column.Plain, (object?)column.Value))]);
        await ward.ExecuteAsync("INSERT INTO things (id) VALUES (2)");
        object?[] before = (await ward.QueryAsync($"SELECT {string.Join(", ", columns.Select(static column => column.Plain))} FROM things WHERE id = 1"))[0];

        foreach (var column in columns)
        {
            var adopted = await ward.Instance.Keys.AdoptAsync(new AdoptOptions($"things.{column.Cipher}"), ward.Data);
            Assert.True((adopted.State, adopted.Failures.Count) == (AdoptionState.Verified, 0), $"{column.Codec}: {adopted.State} {(adopted.Failures is [var first, ..] ? first.Reason : "")}");
        }

        await Task.Delay(1_100);
        foreach (var column in columns)
        {
            await ward.Instance.Keys.AdoptAsync(new AdoptOptions($"things.{column.Cipher}") { Step = AdoptStep.Complete }, ward.Data);
        }

        await ward.ExecuteAsync($"UPDATE things SET {string.Join(", ", columns.Select(static column => $"{column.Plain} = NULL"))}");
        await Task.WhenAll(columns.Select(column => ward.Instance.Keys.AdoptAsync(new AdoptOptions($"things.{column.Cipher}") { Step = AdoptStep.Back, Reason = "test" }, ward.Data)));
        object?[] after = (await ward.QueryAsync($"SELECT {string.Join(", ", columns.Select(static column => column.Plain))} FROM things WHERE id = 1"))[0];
        Assert.Equal(before, after);
        Assert.Equal(1, await ward.CountAsync("SELECT count(*) FROM things WHERE id = 2 AND p0 IS NULL AND c0 IS NULL"));
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Keys_OfSeveralColumnsAndTypes_AreWalkedWhole_WithTriggersAndForeignKeys(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        string guid = ward.IsPostgreSql ? "uuid" : "TEXT";
        string collation = ward.IsPostgreSql ? "COLLATE \"C\"" : "COLLATE NOCASE";
        await ward.ExecuteAsync("CREATE TABLE wards (name text PRIMARY KEY)");
        await ward.ExecuteAsync("INSERT INTO wards VALUES ('east')");
        await ward.ExecuteAsync(
            $"""
            CREATE TABLE beds (ward text REFERENCES wards (name), code text {collation}, day date, guest {guid}, name {ward.Bytes},
                size integer GENERATED ALWAYS AS (length(name)) STORED, PRIMARY KEY (guest, code, day))
            """);
        await ward.RegisterAsync(ward.Column("beds", "name", keys: """["guest","code","day"]"""));
        await ward.ExecuteAsync("CREATE TABLE touched (n integer)");
        await ward.ExecuteAsync(ward.IsPostgreSql
            ? """
            CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO touched VALUES (1); RETURN NEW; END $$;
            CREATE TRIGGER touching AFTER UPDATE ON beds FOR EACH ROW EXECUTE FUNCTION touch()
            """
            : "CREATE TRIGGER touching AFTER UPDATE ON beds BEGIN INSERT INTO touched VALUES (1); END");
        for (int i = 0; i < 120; i++)
        {
            await ward.ExecuteAsync(
                "INSERT INTO beds (ward, code, day, guest, name) VALUES ('east', @code, @day, @guest, @name)",
                ("code", string.Create(CultureInfo.InvariantCulture, $"b-{i / 4 % 10}")), ("day", new DateOnly(2026, 1, 1 + (i / 40))), ("guest", new Guid(i % 4, 0, 0, new byte[8])),
                ("name", await ward.EncryptAsync("acme", "beds.name", string.Create(CultureInfo.InvariantCulture, $"{i}"))));
        }

        await ward.Instance.Keys.CompromiseAsync(await ward.ActiveAsync("acme"), "a test");
        var result = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { MaxBatchSize = 7, Verify = true }, ward.Data);
        Assert.Equal((120, 0, 0), (result.Changed, result.Failures.Count, result.Left.Count));
        Assert.Equal(120, await ward.CountAsync("SELECT count(*) FROM touched"));
        var names = new HashSet<string>();
        foreach (object?[] row in await ward.QueryAsync("SELECT name FROM beds"))
        {
            names.Add(await ward.DecryptAsync("acme", "beds.name", (byte[])row[0]!));
        }

        Assert.Equal(120, names.Count);
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Keys_OfWholeNumbers_AreWalkedWhole_InTheirOrder(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await ward.ExecuteAsync($"CREATE TABLE beds (floor smallint, number bigint, name {ward.Bytes}, PRIMARY KEY (floor, number))");
        await ward.RegisterAsync(ward.Column("beds", "name", keys: """["floor","number"]"""));
        long[] numbers = [long.MinValue, -10, -9, 0, 9, 10, 100, long.MaxValue];
        foreach (short floor in new short[] { short.MinValue, -1, 2, 10 })
        {
            foreach (long number in numbers)
            {
                await ward.ExecuteAsync(
                    "INSERT INTO beds VALUES (@floor, @number, @name)", ("floor", floor), ("number", number), ("name", await ward.EncryptAsync("acme", "beds.name", string.Create(CultureInfo.InvariantCulture, $"{floor} {number}"))));
            }
        }

        await ward.Instance.Keys.CompromiseAsync(await ward.ActiveAsync("acme"), "a test");
        var result = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { MaxBatchSize = 3, Verify = true }, ward.Data);
        Assert.Equal((32, 0, 0), (result.Changed, result.Failures.Count, result.Left.Count));
        foreach (object?[] row in await ward.QueryAsync("SELECT floor, number, name FROM beds"))
        {
            Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{row[0]} {row[1]}"), await ward.DecryptAsync("acme", "beds.name", (byte[])row[2]!));
        }
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Rate_IsNotExceeded_AfterTheWaitForTheRevocationBound(string database)
    {
        await using var ward = await PeopleAsync(database, 20);
        await ward.Instance.Keys.CompromiseAsync(await ward.ActiveAsync("acme"), "a test");

        // Begins with the wait, of a second; 20 rows have a second of their own.
        var result = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { MaxPerSecond = 20, MaxBatchSize = 5 }, ward.Data);
        Assert.Equal(20, result.Changed);
        Assert.True(result.Elapsed > TimeSpan.FromSeconds(1.75), $"{result.Elapsed}");
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Batches_ThatWriteOneRow_ByATrigger_WaitForEachOther(string database)
    {
        await using var ward = await PeopleAsync(database, 300);
        await ward.ExecuteAsync("CREATE TABLE counted (n integer)");
        await ward.ExecuteAsync("INSERT INTO counted VALUES (0)");
        await ward.ExecuteAsync(ward.IsPostgreSql
            ? """
            CREATE FUNCTION count_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE counted SET n = n + 1; RETURN NEW; END $$;
            CREATE TRIGGER counting AFTER UPDATE ON people FOR EACH ROW EXECUTE FUNCTION count_one()
            """
            : "CREATE TRIGGER counting AFTER UPDATE ON people BEGIN UPDATE counted SET n = n + 1; END");
        await ward.Instance.Keys.CompromiseAsync(await ward.ActiveAsync("acme"), "a test");

        var result = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { MaxBatchSize = 20 }, ward.Data);
        Assert.Equal((300, 0L, 0), (result.Changed, result.Conflicts, result.Failures.Count));
        Assert.Equal(300, await ward.CountAsync("SELECT n FROM counted"));
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Walk_ThatIsCancelled_CountsTheBatchesUnderWay(string database)
    {
        await using var ward = await PeopleAsync(database, 300);
        await ward.Instance.Keys.CompromiseAsync(await ward.ActiveAsync("acme"), "a test");
        using var stop = new CancellationTokenSource();
        var told = new Told(stop, 100);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { MaxBatchSize = 20 }, ward.Data, told, stop.Token));
        Assert.InRange(told.Processed, 100, 299);

        var result = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions(), ward.Data);
        Assert.Equal((300 - told.Processed, 0), (result.Changed, result.Left.Count));
        Assert.Equal(300, result.Job!.Processed);
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Row_ThatCannotBeDecrypted_IsNamedAndLeft(string database)
    {
        await using var ward = await PeopleAsync(database, 40);
        await ward.ExecuteAsync("UPDATE people SET name = @name WHERE id = 7", ("name", Damaged((byte[])(await ward.QueryAsync("SELECT name FROM people WHERE id = 7"))[0][0]!)));
        var old = await ward.ActiveAsync("acme");
        await ward.Instance.Keys.CompromiseAsync(old, "a test");

        var result = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions(), ward.Data);
        var failure = Assert.Single(result.Failures);
        Assert.Contains("7", failure.Row, StringComparison.Ordinal);
        Assert.Equal((39, 1L), (result.Changed, Assert.Single(result.Left).Values));
        Assert.Empty(result.Emptied);
        await Assert.ThrowsAsync<KeyStateException>(() => ward.Instance.Keys.DestroyAsync(old, "not yet", ward.Data));
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Two_OnOneTarget_AreNotAtWorkAtOnce_AndTheJobIsRunByItsId(string database)
    {
        await using var ward = await PeopleAsync(database, 60);
        await ward.Instance.Keys.CompromiseAsync(await ward.ActiveAsync("acme"), "a test");
        var slow = ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { MaxPerSecond = 20 }, ward.Data);
        KeyStateException? refused = null;
        for (int i = 0; refused is null && i < 200 && !slow.IsCompleted; i++)
        {
            await Task.Delay(20);
            using var other = ward.Open();
            refused = await Record.ExceptionAsync(() => other.Keys.ReencryptAsync(new ReencryptOptions(), ward.Data)) as KeyStateException;
        }

        Assert.Contains("is worked on by", refused!.Message, StringComparison.Ordinal);
        Assert.Equal(60, (await slow).Changed);

        var job = await ward.Instance.Keys.AddReencryptJobAsync(new ReencryptOptions(), ward.Database);
        Assert.Equal(1, await ward.Instance.Keys.RunRowJobsAsync(name => name == ward.Database ? ward.Data : null, new()));
        Assert.Equal(Metadata.JobState.Completed, (await ward.Instance.Keys.RunRowJobAsync(job.JobId, new(), ward.Data)).State);
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Lag_BeyondWhatIsAllowed_IsWaitedFor(string database)
    {
        await using var ward = await PeopleAsync(database, 20);
        await ward.Instance.Keys.CompromiseAsync(await ward.ActiveAsync("acme"), "a test");
        int asked = 0;
        var result = await ward.Instance.Keys.ReencryptAsync(
            new ReencryptOptions { MaxLag = TimeSpan.FromSeconds(1), Lag = _ => ValueTask.FromResult(TimeSpan.FromSeconds(++asked < 3 ? 5 : 0)) }, ward.Data);

        Assert.Equal(20, result.Changed);
        Assert.True(asked >= 3 && result.Elapsed > TimeSpan.FromSeconds(1.9), $"{asked} {result.Elapsed}");
        Assert.Equal(0, (await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { MaxLag = TimeSpan.FromSeconds(1) }, ward.Data)).Changed);
    }

    private static async Task<Ward> PeopleAsync(string database, int rows)
    {
        var ward = await Ward.CreateAsync(database);
        await ward.ExecuteAsync($"CREATE TABLE people (id integer PRIMARY KEY, name {ward.Bytes} NOT NULL)");
        await ward.RegisterAsync(ward.Column("people", "name"));
        for (int i = 0; i < rows; i++)
        {
            await ward.ExecuteAsync("INSERT INTO people VALUES (@id, @name)", ("id", i), ("name", await ward.EncryptAsync("acme", "people.name", string.Create(CultureInfo.InvariantCulture, $"{i}"))));
        }

        return ward;
    }

    private static byte[] Damaged(byte[] value)
    {
        value[ValueFrame.HeaderSize] ^= 1;
        return value;
    }

    /// <summary>Stops a walk after so many rows, and keeps how many there were in the end.</summary>
    private sealed class Told(CancellationTokenSource stop, long most) : IProgress<JobProgress>
    {
        public long Processed { get; private set; }

        public void Report(JobProgress value)
        {
            Processed = value.Processed;
            if (Processed >= most)
            {
                stop.Cancel();
            }
        }
    }
}
