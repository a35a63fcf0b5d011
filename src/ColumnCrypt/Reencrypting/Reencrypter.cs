using System.Data.Common;
using System.Globalization;
using ColumnCrypt.Audit;
using ColumnCrypt.Format;
using ColumnCrypt.Jobs;
using ColumnCrypt.Keys;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;
using ColumnCrypt.Rows;
using ColumnCrypt.Stepping;

namespace ColumnCrypt.Reencrypting;

/// <summary>
/// Moves rows that are under Deactivated or Compromised data keys to the Active ones of their tenants, table by table of the manifest, and counts what
/// is left. Blind indexes and tokens have keys of their own and stay as they are. Thread-safe.
/// </summary>
internal sealed class Reencrypter(OperatorStore store, JobDesk desk, StepJobs jobs, KeyRings rings, KeyBounds bounds, RingServices services)
{
    /// <summary>With more keys than this the rows are picked here, not by the database.</summary>
    private const int MaxFiltered = 500;
    private const int SampleSize = 500;

    /// <summary>How much longer a row takes to be moved than to be read and decrypted, about.</summary>
    private const double MoveFactor = 4;

    public async Task<ReencryptResult> RunAsync(ReencryptOptions options, DbDataSource data, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(data);
        options.Check();
        var scope = await ScopeAsync(options, data, cancellationToken).ConfigureAwait(false);
        if (options.DryRun)
        {
            var installation = await store.InstallationAsync(cancellationToken).ConfigureAwait(false);
            return await CountAsync(installation, options, scope, data, cancellationToken).ConfigureAwait(false);
        }

        var job = await desk.FindOrAddAsync(ReencryptTarget.Kind, ReencryptTarget.Write(scope.Database, options), cancellationToken).ConfigureAwait(false);
        var (result, ended) = await jobs.RunAsync(job, options, data, progress, run => MoveAsync(run, options, scope, cancellationToken), cancellationToken).ConfigureAwait(false);
        return result with { Job = ended };
    }

    /// <summary>Works on a job to its end.</summary>
    public async Task<ReencryptResult> RunAsync(JobRecord job, StepOptions how, DbDataSource data, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        var options = how.Pace(ReencryptTarget.Read(job.Target).Options);
        options.Check();
        var scope = await ScopeAsync(options, data, cancellationToken).ConfigureAwait(false);
        var (result, ended) = await jobs.RunAsync(job, options, data, progress, run => MoveAsync(run, options, scope, cancellationToken), cancellationToken).ConfigureAwait(false);
        return result with { Job = ended };
    }

    private async Task<ReencryptResult> MoveAsync(StepRun run, ReencryptOptions options, ReencryptScope scope, CancellationToken cancellationToken)
    {
        // After the lease is taken, and not before: a key that is deactivated later is the next job's.
        var stale = await StaleKeys.ReadAsync(store, run.Installation, options.Tenants, cancellationToken).ConfigureAwait(false);
        await WaitOutAsync(run, stale, cancellationToken).ConfigureAwait(false);
        await WalkAsync(run, scope, stale, checksAll: false, cancellationToken).ConfigureAwait(false);
        if (options.Verify)
        {
            await WalkAsync(run, scope, stale, checksAll: true, cancellationToken).ConfigureAwait(false);
        }

        var connection = await run.WriterAsync(cancellationToken).ConfigureAwait(false);
        var (left, emptied) = await LeftAsync(run, stale, scope, connection, cancellationToken).ConfigureAwait(false);
        return new ReencryptResult(null, run.Processed, run.Changed, run.Conflicts, run.Failures, left, emptied, run.Elapsed) { ColumnsElsewhere = scope.Elsewhere };
    }

    // A node that has not heard of the change yet may write under the old key until the bound is over.
    private async Task WaitOutAsync(StepRun run, StaleKeys stale, CancellationToken cancellationToken)
    {
        if (stale.LastChange is { } last)
        {
            await run.DelayAsync(last + bounds.RevocationBound - services.Now, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WalkAsync(StepRun run, ReencryptScope scope, StaleKeys stale, bool checksAll, CancellationToken cancellationToken)
    {
        if (stale.Moved.Count == 0 && !checksAll)
        {
            return;
        }

        var connection = await run.WriterAsync(cancellationToken).ConfigureAwait(false);
        var dialect = RowDialect.Of(connection);
        var passes = new List<StepPass>();
        foreach (var columns in scope.Tables)
        {
            passes.Add(await PassAsync(connection, dialect, columns, stale, checksAll, cancellationToken).ConfigureAwait(false));
        }

        long total = 0;
        foreach (var pass in passes)
        {
            total += await dialect.EstimateAsync(connection, pass.Table, cancellationToken).ConfigureAwait(false);
        }

        run.Total = (run.Total ?? 0) + total;
        string? begun = StepCursor.Read(run.Job.Cursor)?.Pass;
        foreach (var pass in passes.Exists(pass => pass.Name == begun) ? passes.SkipWhile(pass => pass.Name != begun) : IsPast(begun, checksAll) ? [] : passes)
        {
            await new RowStepper(services, run, pass, dialect).WalkAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // A job that was resumed while it verified has moved everything before.
    private static bool IsPast(string? begun, bool checksAll) => !checksAll && begun?.StartsWith(VerifyPrefix, StringComparison.Ordinal) == true;

    private const string VerifyPrefix = "verify ";

    private async Task<StepPass> PassAsync(
        DbConnection connection, RowDialect dialect, IReadOnlyList<ColumnRecord> columns, StaleKeys stale, bool checksAll, CancellationToken cancellationToken)
    {
        var first = columns[0];
        var shape = await dialect.ShapeAsync(connection, first.Schema, first.Table, cancellationToken).ConfigureAwait(false);
        var keys = TableReader.KeysOf(first, shape);
        List<StepColumn> walked = [.. columns.Select(column => TableReader.ColumnOf(column, column.Column, shape, isSet: true, isGuard: true))];
        var parameters = new List<(string, object)>();
        var ids = stale.Moved.Select(static key => key.KeyId.ToArray()).ToList();
        string? where = !checksAll && ids.Count <= MaxFiltered && columns.All(static column => !IsInPlace(column))
            ? $"({string.Join(" OR ", walked.Select(column => dialect.UnderKeys(column, ids, parameters)))})"
            : null;
        var table = new StepTable(first.Schema, first.Table, keys, walked, where, parameters);
        return new StepPass(
            (checksAll ? VerifyPrefix : "") + table.Text, table, new ReencryptWork([.. columns.Select(static column => column.Purpose)], stale, rings, store, checksAll), ReadsPrimary: checksAll);
    }

    private static bool IsInPlace(ColumnRecord column) => column.Adoption.Length > 0 && ColumnAdoption.Parse(column.Adoption).IsInPlace;

    private async Task<(IReadOnlyList<KeyRemainder> Left, IReadOnlyList<KeyId> Emptied)> LeftAsync(
        StepRun run, StaleKeys stale, ReencryptScope scope, DbConnection connection, CancellationToken cancellationToken)
    {
        var database = new DataDatabase(connection);

        // Where no row was left every key is empty, as far as can be seen: it is counted once, after the waiting.
        var seen = run.Failures.Count > 0 ? await KeyCensus.CountAsync(database, scope.All, cancellationToken).ConfigureAwait(false) : null;
        bool isSettled = await SettleAsync(run, database, stale.Moved.Any(key => seen?.ContainsKey(key.KeyId) != true), cancellationToken).ConfigureAwait(false);
        var counts = seen is null || isSettled ? await KeyCensus.CountAsync(database, scope.All, cancellationToken).ConfigureAwait(false) : seen;
        List<KeyRemainder> left = [.. counts.Select(one => stale.Describe(one.Key, one.Value, stale.Right)).OfType<KeyRemainder>().OrderByDescending(static one => one.Values)];
        List<KeyId> emptied = scope.Elsewhere > 0 || !isSettled ? [] : [.. stale.Moved.Select(static key => key.KeyId).Where(id => !counts.ContainsKey(id))];
        if (emptied.Count > 0)
        {
            var entries = emptied.Select(id => store.Entries.Make(AuditActions.ReencryptEmptied, stale.Find(id)!.Tenant, id, "no value of any column of the manifest is under it"));
            var chain = new AuditChain(run.Installation.Audit);
            await store.Store.Audit.ChainAsync((head, _) => chain.Link(head, [.. entries]), CancellationToken.None).ConfigureAwait(false);
        }

        return (left, emptied);
    }

    // A key may be said to be empty once nobody has written what is not seen yet. Where rows were left, the next run says it: whoever holds those writes, too.
    private async Task<bool> SettleAsync(StepRun run, DataDatabase database, bool isAny, CancellationToken cancellationToken)
    {
        if (!isAny)
        {
            return false;
        }

        try
        {
            await new OpenWriters(database, services.Time).WaitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (KeyStateException error) when (error.IsTransient && run.Failures.Count > 0)
        {
            return false;
        }
    }

    private async Task<ReencryptResult> CountAsync(Installation installation, ReencryptOptions options, ReencryptScope scope, DbDataSource data, CancellationToken cancellationToken)
    {
        long start = services.Time.GetTimestamp();
        var stale = await StaleKeys.ReadAsync(store, installation, options.Tenants, cancellationToken).ConfigureAwait(false);
        var connection = await (options.ReadFrom ?? data).OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var counts = await KeyCensus.CountAsync(new DataDatabase(connection), scope.Tables.SelectMany(static table => table), cancellationToken).ConfigureAwait(false);
            List<KeyRemainder> left = [.. counts.Select(one => stale.Describe(one.Key, one.Value, stale.Right)).OfType<KeyRemainder>().OrderByDescending(static one => one.Values)];
            long due = left.Where(static one => one.Skipped is null).Sum(static one => one.Values);
            var estimate = due == 0 ? TimeSpan.Zero : await EstimateAsync(connection, scope, stale, due, options, cancellationToken).ConfigureAwait(false);
            return new ReencryptResult(null, due, 0, 0, [], left, [], services.Time.GetElapsedTime(start)) { Estimate = estimate, ColumnsElsewhere = scope.Elsewhere };
        }
    }

    // Reads and decrypts a page of the largest table, and writes nothing.
    private async Task<TimeSpan> EstimateAsync(DbConnection connection, ReencryptScope scope, StaleKeys stale, long due, ReencryptOptions options, CancellationToken cancellationToken)
    {
        var dialect = RowDialect.Of(connection);
        var pass = await PassAsync(connection, dialect, scope.Tables[0], stale, checksAll: true, cancellationToken).ConfigureAwait(false);
        long start = services.Time.GetTimestamp();
        var page = await dialect.ReadAsync(connection, pass.Table, null, SampleSize, cancellationToken).ConfigureAwait(false);
        await pass.Work.DecideAsync(page, cancellationToken).ConfigureAwait(false);
        double each = services.Time.GetElapsedTime(start).TotalSeconds / Math.Max(1, page.Count) * MoveFactor;
        return TimeSpan.FromSeconds(due * Math.Max(each, options.MaxPerSecond is { } most ? 1 / most : 0));
    }

    private async Task<ReencryptScope> ScopeAsync(ReencryptOptions options, DbDataSource data, CancellationToken cancellationToken)
    {
        var manifest = await store.ReadManifestAsync(cancellationToken).ConfigureAwait(false);
        var connection = await data.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await ReencryptScope.OfAsync(manifest, new DataDatabase(connection), store.Databases.Of(connection), RowDialect.Of(connection), connection, options.Columns, cancellationToken).ConfigureAwait(false);
        }
    }
}
