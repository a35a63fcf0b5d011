using ColumnCrypt.Adopting;
using ColumnCrypt.Format;
using ColumnCrypt.Manifest;
using ColumnCrypt.Reencrypting;
using Npgsql;
using Xunit;

namespace ColumnCrypt.Store.Tests.Stepping;

/// <summary>What is said of all rows of a table is true of all of them: a key is destroyed, and plaintext given up, by what is counted.</summary>
public sealed class WholeTableTests
{
    public static TheoryData<string> Databases => Ward.Databases;

    [Theory, MemberData(nameof(Databases))]
    public async Task Key_OfValuesInTheirTextForm_IsNotDestroyed(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await ward.ExecuteAsync("CREATE TABLE notes (id integer PRIMARY KEY, body text)");
        await ward.RegisterAsync(ward.Column("notes", "body"));
        await ward.ExecuteAsync("INSERT INTO notes VALUES (1, @body)", ("body", TextForm.Encode(await ward.EncryptAsync("acme", "notes.body", "kept"))));
        var old = await ward.ActiveAsync("acme");
        await ward.Instance.Keys.RotateAsync("acme");
        await ward.Instance.Keys.CompromiseAsync(old, "a test");

        Assert.Equal(1, Assert.Single(await ward.Instance.Keys.CountRowsAsync(old, ward.Data)).Rows);
        var refused = await Assert.ThrowsAsync<KeyStateException>(() => ward.Instance.Keys.DestroyAsync(old, "gone", ward.Data));
        Assert.Contains("1 values are under key", refused.Message, StringComparison.Ordinal);
    }

    // SQL takes a name in GROUP BY for a column's before it takes it for a result's.
    [Theory, MemberData(nameof(Databases))]
    public async Task Key_IsNotEmpty_WhateverElseTheTableHas(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await ward.ExecuteAsync($"CREATE TABLE cards (id integer PRIMARY KEY, number {ward.Bytes}, cipher text)");
        await ward.RegisterAsync(ward.Column("cards", "number"));
        for (int i = 0; i < 6; i++)
        {
            await ward.ExecuteAsync("INSERT INTO cards VALUES (@id, @number, 'AES')", ("id", i), ("number", await ward.EncryptAsync(i % 2 == 0 ? "acme" : "brown", "cards.number", "4111")));
        }

        var keys = new[] { await ward.ActiveAsync("acme"), await ward.ActiveAsync("brown") };
        foreach (var key in keys)
        {
            await ward.Instance.Keys.CompromiseAsync(key, "a test");
        }

        var counted = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { DryRun = true }, ward.Data);
        Assert.Equal(keys.ToHashSet(), counted.Left.Select(static left => left.KeyId).ToHashSet());
        Assert.All(counted.Left, static left => Assert.Equal(3, left.Values));
    }

    // SQLite keeps bytes in a column of text, and text in one of bytes.
    [Fact]
    public async Task Key_IsNotEmpty_WhereTheFirstRowIsOfAnotherKind()
    {
        await using var ward = await Ward.CreateAsync("sqlite");
        await ward.ExecuteAsync("CREATE TABLE notes (id integer PRIMARY KEY, body text)");
        await ward.RegisterAsync(ward.Column("notes", "body"));
        await ward.ExecuteAsync("INSERT INTO notes VALUES (1, x'00')");
        await ward.ExecuteAsync("INSERT INTO notes VALUES (2, @body)", ("body", TextForm.Encode(await ward.EncryptAsync("acme", "notes.body", "kept"))));
        await ward.ExecuteAsync("INSERT INTO notes VALUES (3, @body)", ("body", await ward.EncryptAsync("acme", "notes.body", "kept")));
        var old = await ward.ActiveAsync("acme");
        Assert.Equal(2, Assert.Single(await ward.Instance.Keys.CountRowsAsync(old, ward.Data)).Rows);
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Text_ThatOnlyLooksLikeAValue_IsPassedOver(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await ward.ExecuteAsync("CREATE TABLE notes (id integer PRIMARY KEY, body text)");
        await ward.RegisterAsync(ward.Column("notes", "body"));
        await ward.ExecuteAsync("INSERT INTO notes VALUES (1, @body)", ("body", "cc1:AAAA" + new string(' ', 80)));
        var counted = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { DryRun = true }, ward.Data);
        Assert.Empty(counted.Left);
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Rows_ThatAreNotCommittedYet_AreNotTakenForNone(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await ward.ExecuteAsync($"CREATE TABLE notes (id integer PRIMARY KEY, body {ward.Bytes})");
        await ward.RegisterAsync(ward.Column("notes", "body"));
        byte[] value = await ward.EncryptAsync("acme", "notes.body", "kept");
        var old = await ward.ActiveAsync("acme");
        await ward.Instance.Keys.RotateAsync("acme");
        await ward.Instance.Keys.CompromiseAsync(old, "a test");

        await Assert.ThrowsAsync<KeyStateException>(() => BesideAnInsertAsync(1, () => ward.Instance.Keys.DestroyAsync(old, "gone", ward.Data)));
        bool isEmptied = false;
        await BesideAnInsertAsync(2, async () => isEmptied = (await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions(), ward.Data)).Emptied.Contains(old));
        Assert.Equal(isEmptied, Assert.Single(await ward.Instance.Keys.CountRowsAsync(old, ward.Data)).Rows == 0);

        async Task BesideAnInsertAsync(int id, Func<Task> work)
        {
            Task running;
            await using (var connection = await ward.Data.OpenConnectionAsync(TestContext.Current.CancellationToken))
            {
                await Ward.ExecuteAsync(connection, ward.IsPostgreSql ? "BEGIN" : "BEGIN IMMEDIATE");
                await Ward.ExecuteAsync(connection, "INSERT INTO notes VALUES (@id, @body)", ("id", id), ("body", value));
                running = Task.Run(work);
                await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
                Assert.False(running.IsCompleted);
                await Ward.ExecuteAsync(connection, "COMMIT");
            }

            await running;
        }
    }

    [Fact]
    public async Task Writer_ThatStaysOpen_IsWaitedForWithinALimit_AndACancelledWaitLeavesNothingBehind()
    {
        await using var ward = await Ward.CreateAsync("sqlite");
        var old = await MakeOldKeyAsync(ward);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await using (var connection = await ward.Data.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await Ward.ExecuteAsync(connection, "BEGIN IMMEDIATE");
            long begunAt = TimeProvider.System.GetTimestamp();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Run(() => ward.Instance.Keys.DestroyAsync(old, "gone", ward.Data, stop.Token)));
            Assert.True(TimeProvider.System.GetElapsedTime(begunAt) < TimeSpan.FromSeconds(10));
            var open = await Assert.ThrowsAsync<KeyStateException>(() => Task.Run(() => ward.Instance.Keys.DestroyAsync(old, "gone", ward.Data)));
            Assert.True(open.IsTransient);
            Assert.Contains("A transaction is open", open.Message, StringComparison.Ordinal);
            await Ward.ExecuteAsync(connection, "COMMIT");
        }

        await ward.ExecuteAsync("DELETE FROM notes");
        Assert.Equal(Metadata.KeyState.Destroyed, (await ward.Instance.Keys.DestroyAsync(old, "gone", ward.Data)).State);
        await ward.ExecuteAsync("INSERT INTO notes (id) VALUES (2)");
    }

    // There BEGIN IMMEDIATE waits for nobody.
    [Fact]
    public async Task Connection_ThatCannotWrite_IsNoneToSayThatAKeyIsEmpty()
    {
        await using var ward = await Ward.CreateAsync("sqlite");
        var old = await MakeOldKeyAsync(ward);
        await ward.ExecuteAsync("DELETE FROM notes");
        await using var reading = Microsoft.Data.Sqlite.SqliteFactory.Instance.CreateDataSource($"{ward.Connections.Data};Mode=ReadOnly");
        var refused = await Assert.ThrowsAsync<KeyStateException>(() => ward.Instance.Keys.DestroyAsync(old, "gone", reading));
        Assert.Contains("Mode=ReadOnly", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, Assert.Single(await ward.Instance.Keys.CountRowsAsync(old, reading)).Rows);
        await ward.ExecuteAsync("PRAGMA user_version = 7");
        Assert.Equal(Metadata.KeyState.Destroyed, (await ward.Instance.Keys.DestroyAsync(old, "gone", ward.Data)).State);
        Assert.Equal(7, await ward.CountAsync("PRAGMA user_version"));
    }

    private static async Task<KeyId> MakeOldKeyAsync(Ward ward)
    {
        await ward.ExecuteAsync($"CREATE TABLE notes (id integer PRIMARY KEY, body {ward.Bytes})");
        await ward.RegisterAsync(ward.Column("notes", "body"));
        await ward.ExecuteAsync("INSERT INTO notes VALUES (1, @body)", ("body", await ward.EncryptAsync("acme", "notes.body", "kept")));
        var old = await ward.ActiveAsync("acme");
        await ward.Instance.Keys.RotateAsync("acme");
        await ward.Instance.Keys.CompromiseAsync(old, "a test");
        return old;
    }

    [Fact]
    public async Task Rows_ThatRowLevelSecurityHides_AreNotTakenForNone()
    {
        await using var ward = await Ward.CreateAsync("postgresql");
        await ward.ExecuteAsync("CREATE TABLE people (id integer PRIMARY KEY, tenant text, note text, note_encrypted bytea NOT NULL DEFAULT '')");
        await ward.RegisterAsync(ward.Column("people", "note_encrypted") with { Adoption = new ColumnAdoption { PlainColumn = "note", Tenant = RowTenant.Always("acme") }.ToJson() });
        await ward.ExecuteAsync("INSERT INTO people VALUES (1, 'acme', 'a', ''), (2, 'brown', 'b', @cipher)", ("cipher", await ward.EncryptAsync("acme", "people.note_encrypted", "b")));
        string role = $"operator_{Guid.NewGuid():N}";
        await ward.ExecuteAsync(
            $"""
            ALTER TABLE people ENABLE ROW LEVEL SECURITY;
            CREATE POLICY mine ON people USING (tenant = current_setting('app.tenant', true));
            CREATE ROLE {role} LOGIN;
            GRANT ALL ON people TO {role}
            """);
        await using var data = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ward.Connections.Data) { Username = role, Password = null });
        var old = await ward.ActiveAsync("acme");
        await ward.Instance.Keys.CompromiseAsync(old, "a test");

        Assert.Contains("row-level security", await RefusedAsync(() => ward.Instance.Keys.DestroyAsync(old, "gone", data)), StringComparison.Ordinal);
        Assert.Contains("row-level security", await RefusedAsync(() => ward.Instance.Keys.ReencryptAsync(new ReencryptOptions(), data)), StringComparison.Ordinal);
        Assert.Contains("row-level security", await RefusedAsync(() => ward.Instance.Keys.AdoptAsync(new AdoptOptions("people.note_encrypted"), data)), StringComparison.Ordinal);
        await ward.ExecuteAsync($"ALTER ROLE {role} BYPASSRLS");
        Assert.Equal(AdoptionState.Verified, (await ward.Instance.Keys.AdoptAsync(new AdoptOptions("people.note_encrypted"), data)).State);
        await ward.ExecuteAsync($"DROP OWNED BY {role}; DROP ROLE {role}");
    }

    // A table is longer than what a statement may take by default.
    [Fact]
    public async Task Page_ThatTakesLong_IsWaitedFor()
    {
        await using var ward = await Ward.CreateAsync("postgresql");
        await ward.ExecuteAsync("CREATE TABLE rows (id integer PRIMARY KEY, name bytea); CREATE VIEW slow AS SELECT id, name FROM rows WHERE pg_sleep(0.03) IS NOT NULL");
        await ward.RegisterAsync(ward.Column("slow", "name"));
        await ward.ExecuteAsync("INSERT INTO rows SELECT n, @name FROM generate_series(1, 60) AS n", ("name", await ward.EncryptAsync("acme", "slow.name", "x")));
        await using var data = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ward.Connections.Data) { CommandTimeout = 1 });
        await ward.Instance.Keys.CompromiseAsync(await ward.ActiveAsync("acme"), "a test");
        var moved = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions(), data);
        Assert.Equal((60, 0), (moved.Changed, moved.Left.Count));
    }

    [Fact]
    public async Task Page_ThatTheDatabaseEnds_IsReadInSmallerOnes_AndWhereARowIsTooMuchTheErrorSaysSo()
    {
        await using var ward = await Ward.CreateAsync("postgresql");
        await ward.ExecuteAsync("CREATE TABLE rows (id integer PRIMARY KEY, name bytea); CREATE VIEW slow AS SELECT id, name FROM rows WHERE pg_sleep(0.4) IS NOT NULL");
        await ward.RegisterAsync(ward.Column("slow", "name"));
        await ward.ExecuteAsync("INSERT INTO rows SELECT n, @name FROM generate_series(1, 5) AS n", ("name", await ward.EncryptAsync("acme", "slow.name", "x")));
        await ward.Instance.Keys.CompromiseAsync(await ward.ActiveAsync("acme"), "a test");
        await using var hasty = Hasty(ward, "300ms");
        var refused = await Assert.ThrowsAsync<KeyStateException>(() => ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { ReadFrom = hasty }, ward.Data));
        Assert.Contains("statement_timeout", refused.Message, StringComparison.Ordinal);
        await using var brisk = Hasty(ward, "1200ms");
        var moved = await ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { ReadFrom = brisk }, ward.Data);
        Assert.Equal((5, 0), (moved.Changed, moved.Left.Count));
    }

    private static NpgsqlDataSource Hasty(Ward ward, string timeout) =>
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ward.Connections.Data) { Options = $"-c statement_timeout={timeout} -c enable_seqscan=off -c enable_sort=off -c enable_bitmapscan=off" });

    [Theory, MemberData(nameof(Databases))]
    public async Task Indexes_OfAShreddedTenantsValuesInTheirTextForm_AreCleared(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        await ward.ExecuteAsync($"CREATE TABLE notes (id integer PRIMARY KEY, body text, body_bi {ward.Bytes})");
        await ward.RegisterAsync(ward.Column("notes", "body") with { IndexColumns = """["body_bi"]""" });
        for (int i = 0; i < 40; i++)
        {
            await ward.ExecuteAsync(
                "INSERT INTO notes VALUES (@id, @body, @index)",
                ("id", i), ("body", TextForm.Encode(await ward.EncryptAsync(i % 2 == 0 ? "acme" : "brown", "notes.body", "a"))), ("index", new byte[] { 1 }));
        }

        await ward.Instance.Keys.ShredNowAsync("acme");
        Assert.Equal(20, await ward.Instance.Keys.ClearIndexesAsync("acme", ward.Data));
        Assert.Equal(20, await ward.CountAsync("SELECT count(*) FROM notes WHERE id % 2 = 1 AND body_bi IS NOT NULL"));
        Assert.Equal(20, await ward.CountAsync("SELECT count(*) FROM notes WHERE body_bi IS NULL"));
    }

    private static async Task<string> RefusedAsync<T>(Func<Task<T>> call) => (await Assert.ThrowsAsync<KeyStateException>(call)).Message;
}
