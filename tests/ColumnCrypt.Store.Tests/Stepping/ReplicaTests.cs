using ColumnCrypt.Adopting;
using ColumnCrypt.Jobs;
using ColumnCrypt.Manifest;
using ColumnCrypt.Reencrypting;
using ColumnCrypt.Store.Tests.Hosts;
using ColumnCrypt.TestSupport;
using Npgsql;
using Xunit;

namespace ColumnCrypt.Store.Tests.Stepping;

/// <summary>A walk beside a standby of PostgreSQL: it reads there, and waits while it lags.</summary>
public sealed class ReplicaTests : IAsyncLifetime
{
    private readonly PostgreSqlServer _primary = PostgreSqlServer.Start();
    private Ward _ward = null!;
    private PostgreSqlServer _standby = null!;
    private NpgsqlDataSource _replica = null!;

    public async ValueTask InitializeAsync()
    {
        _ward = await Ward.CreateAsync("postgresql", _primary);
        await _ward.ExecuteAsync("CREATE TABLE people (id integer PRIMARY KEY, name bytea NOT NULL, note text, note_encrypted bytea NOT NULL DEFAULT '')");
        await _ward.RegisterAsync(
            _ward.Column("people", "name"), _ward.Column("people", "note_encrypted") with { Adoption = new ColumnAdoption { PlainColumn = "note", Tenant = RowTenant.Always("acme") }.ToJson() });
        for (int i = 0; i < 600; i++)
        {
            await _ward.ExecuteAsync("INSERT INTO people (id, name, note) VALUES (@id, @name, 'note')", ("id", i), ("name", await _ward.EncryptAsync("acme", "people.name", $"{i}")));
        }

        _standby = _primary.StartStandby();
        _replica = NpgsqlDataSource.Create(_standby.OnThis(_ward.Connections.Data));
        await Eventually.UntilAsync(async () => await _ward.CountAsync("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == 1);
    }

    // Only the standby still has what was overwritten: a row that is read there conflicts where it is written.
    [Fact]
    public async Task Rows_AreReadWhereTheOptionsSay_AndWhatIsOldThereIsReadAgainWhereItIsWritten()
    {
        await PauseReplayAsync();
        for (int i = 0; i < 600; i += 100)
        {
            await _ward.ExecuteAsync("UPDATE people SET name = @name WHERE id = @id", ("id", i), ("name", await _ward.EncryptAsync("acme", "people.name", $"new {i}")));
        }

        var old = await _ward.ActiveAsync("acme");
        await _ward.Instance.Keys.CompromiseAsync(old, "a test");
        var result = await _ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { ReadFrom = _replica, MaxBatchSize = 100 }, _ward.Data);
        Assert.Equal((600, 0), (result.Changed, result.Failures.Count));
        Assert.InRange(result.Conflicts, 1, 6);
        Assert.Equal([old], result.Emptied);
        foreach (object?[] row in await _ward.QueryAsync("SELECT id, name FROM people"))
        {
            int id = (int)row[0]!;
            Assert.Equal(id % 100 == 0 ? $"new {id}" : $"{id}", await _ward.DecryptAsync("acme", "people.name", (byte[])row[1]!));
        }
    }

    [Fact]
    public async Task Adoption_IsNotVerifiedByWhatAReplicaHas()
    {
        await _ward.Instance.Keys.AdoptAsync(new AdoptOptions("people.note_encrypted") { FillOnly = true }, _ward.Data);
        await Eventually.UntilAsync(async () => await CountAsync("SELECT count(*) FROM people WHERE length(note_encrypted) > 0") == 600);
        await PauseReplayAsync();
        await _ward.ExecuteAsync("UPDATE people SET note = 'late' WHERE id = 7");

        var result = await _ward.Instance.Keys.AdoptAsync(new AdoptOptions("people.note_encrypted") { ReadFrom = _replica }, _ward.Data);
        Assert.Equal((AdoptionState.Verified, 1), (result.State, result.Changed));
        var row = Assert.Single(await _ward.QueryAsync("SELECT note_encrypted FROM people WHERE id = 7"));
        Assert.Equal("late", await _ward.DecryptAsync("acme", "people.note_encrypted", (byte[])row[0]!));
    }

    [Fact]
    public async Task Walk_WhileTheStandbyReplaysNothing_Waits_AndGoesOnOnceItHasCaughtUp()
    {
        await _ward.Instance.Keys.CompromiseAsync(await _ward.ActiveAsync("acme"), "a test");
        var told = new Last();
        var walk = _ward.Instance.Keys.ReencryptAsync(new ReencryptOptions { MaxLag = TimeSpan.FromSeconds(1), MaxPerSecond = 60, MaxBatchSize = 6 }, _ward.Data, told);
        await Eventually.UntilAsync(() => Task.FromResult(told.Processed > 0));
        await PauseReplayAsync();

        // It stands still: for longer than it takes to ask again, and than a batch has to wait for the rate.
        long stood = -1;
        await Eventually.UntilAsync(async () =>
        {
            stood = told.Processed;
            await Task.Delay(2_500);
            return told.Processed == stood;
        });
        Assert.InRange(stood, 1, 599);
        Assert.False(walk.IsCompleted);

        await ExecuteAsync("SELECT pg_wal_replay_resume()");
        var result = await walk.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal((600, 0, 0), (result.Changed, result.Failures.Count, result.Left.Count));
    }

    public async ValueTask DisposeAsync()
    {
        await _replica.DisposeAsync();
        _standby.Dispose();
        await _ward.DisposeAsync();
        _primary.Dispose();
    }

    private async Task PauseReplayAsync()
    {
        await ExecuteAsync("SELECT pg_wal_replay_pause()");
        await Eventually.UntilAsync(async () => await CountAsync("SELECT CASE WHEN pg_get_wal_replay_pause_state() = 'paused' THEN 1 ELSE 0 END") == 1);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _replica.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<long> CountAsync(string sql)
    {
        await using var command = _replica.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private sealed class Last : IProgress<JobProgress>
    {
        private long _processed;

        public long Processed => Volatile.Read(ref _processed);

        public void Report(JobProgress value) => Volatile.Write(ref _processed, value.Processed);
    }
}
