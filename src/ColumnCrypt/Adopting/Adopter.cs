using System.Data.Common;
using System.Globalization;
using ColumnCrypt.Jobs;
using ColumnCrypt.Keys;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;
using ColumnCrypt.Rows;
using ColumnCrypt.Stepping;

namespace ColumnCrypt.Adopting;

/// <summary>
/// Takes an adopted column through its steps. Rows are walked until a pass finds nothing to change: then every row was decrypted and compared.
/// Thread-safe.
/// </summary>
internal sealed class Adopter(OperatorStore store, StepJobs jobs, AdoptionDesk adoptions, AdoptionJobs others, KeyRings rings, RingServices services)
{
    /// <summary>A pass finds what was written between it and the one before; that so many find something has another reason.</summary>
    private const int MaxPasses = 5;
    private const int SampleSize = 500;
    private const double WriteFactor = 3;

    public async Task<AdoptResult> RunAsync(AdoptOptions options, DbDataSource data, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(data);
        options.Check();
        var connection = await data.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var column = await adoptions.FindAsync(store.Databases.Of(connection), options, cancellationToken).ConfigureAwait(false);
            adoptions.Demand(column, options.Step);
            var tables = new AdoptionTables(connection, RowDialect.Of(connection), column);
            if (options.Step is AdoptStep.Complete or AdoptStep.Clear)
            {
                await tables.DemandNullableAsync(cancellationToken).ConfigureAwait(false);
            }

            if (options.DryRun)
            {
                return await CountAsync(options, column, tables, connection, cancellationToken).ConfigureAwait(false);
            }

            if (options.Step == AdoptStep.Complete && column.Adoption.IsInPlace)
            {
                return await CompleteAsync(options, column, tables, connection, cancellationToken).ConfigureAwait(false);
            }

            await others.DemandNoneAsync(column, null, cancellationToken).ConfigureAwait(false);
            var job = await others.FindOrAddAsync(column, options, cancellationToken).ConfigureAwait(false);
            return await RunAsync(job, options, column.Record.Database, data, progress, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Makes the job of a step that walks rows, or finds an unfinished one, whichever step the column may take.</summary>
    public async Task<JobRecord> AddAsync(AdoptOptions options, string database, CancellationToken cancellationToken)
    {
        var column = await adoptions.FindAsync(database, options, cancellationToken).ConfigureAwait(false);
        return options.Step == AdoptStep.Complete && column.Adoption.IsInPlace
            ? throw new ArgumentException("To complete an adoption in place walks no rows, so there is no job of it: call AdoptAsync.", nameof(options))
            : await others.FindOrAddAsync(column, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Works on a job to its end.</summary>
    public Task<AdoptResult> RunAsync(JobRecord job, StepOptions how, DbDataSource data, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        var target = AdoptTarget.Read(job.Target);
        var options = how.Pace(target.ToOptions()) with { Reason = $"job {job.JobId}" };
        options.Check();
        return RunAsync(job, options, target.Database, data, progress, cancellationToken);
    }

    private async Task<AdoptResult> RunAsync(JobRecord job, AdoptOptions options, string database, DbDataSource data, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        var (result, ended) = await jobs.RunAsync(job, options, data, progress, run => BeginAsync(run, options, database, cancellationToken), cancellationToken, static result => result.IsDone ? null : result.NextStep).ConfigureAwait(false);
        return result with { Job = ended };
    }

    // All of it under the lease: what was found before may have been moved by whoever had it until then.
    private async Task<AdoptResult> BeginAsync(StepRun run, AdoptOptions options, string database, CancellationToken cancellationToken)
    {
        var column = await adoptions.FindAsync(database, options, cancellationToken).ConfigureAwait(false);
        await others.DemandNoneAsync(column, run.Job, cancellationToken).ConfigureAwait(false);
        var target = AdoptTarget.Read(run.Job.Target);
        bool isKnown = target.Knows(column.Adoption);
        if (column.Adoption.State == Reached(options, column) && !(isKnown && AdoptionDesk.Allows(column.Adoption, options.Step)))
        {
            // A run that died between the last two things that it does.
            return Result(column);
        }

        if (!isKnown)
        {
            throw run.Withdraw(string.Create(
                CultureInfo.InvariantCulture,
                $"Job {run.Job.JobId} was made when {column.Name} was {target.State ?? "in a state that it does not name"}{(target.Since is { } since ? $" since {since:u}" : "")}, and it is {column.Adoption.State} since {column.Adoption.Since:u}: somebody moved it meanwhile. The job is withdrawn. {AdoptionDesk.NextStep(column)}"));
        }

        adoptions.Demand(column, options.Step);
        await others.WithdrawAsync(column, run.Job, cancellationToken).ConfigureAwait(false);

        switch (options.Step, column.Adoption.State)
        {
            // What was written to the end in both columns just changes its state.
            case (AdoptStep.Back, AdoptionState.Dual or AdoptionState.Verified) when !column.Adoption.IsInPlace:
                return Result(await adoptions.MoveAsync(column, AdoptionState.Returned, options.Reason, cancellationToken).ConfigureAwait(false));
            case (AdoptStep.Adopt, AdoptionState.Returned):
                column = await MoveAsync(run, target, options, column, AdoptionState.Dual, cancellationToken).ConfigureAwait(false);
                break;
            case (AdoptStep.Back, not AdoptionState.Returning):
                column = await MoveAsync(run, target, options, column, AdoptionState.Returning, cancellationToken).ConfigureAwait(false);
                break;
        }

        return await WalkAsync(run, options, column, cancellationToken).ConfigureAwait(false);
    }

    // By the time that is in the job's row before, whoever goes on with the job knows the move for its own.
    private async Task<AdoptedColumn> MoveAsync(StepRun run, AdoptTarget target, AdoptOptions options, AdoptedColumn column, AdoptionState to, CancellationToken cancellationToken)
    {
        var at = services.Now;
        await run.RetargetAsync((target with { Moved = at }).ToJson()).ConfigureAwait(false);
        return await adoptions.MoveAsync(column, to, options.Reason, cancellationToken, at).ConfigureAwait(false);
    }

    private async Task<AdoptResult> WalkAsync(StepRun run, AdoptOptions options, AdoptedColumn column, CancellationToken cancellationToken)
    {
        var (isWhole, why) = await PassesAsync(run, options, column, cancellationToken).ConfigureAwait(false);
        var reached = isWhole ? Reached(options, column) : column.Adoption.State;
        if (reached != column.Adoption.State)
        {
            column = await adoptions.MoveAsync(column, reached, options.Reason, cancellationToken).ConfigureAwait(false);
        }

        return Result(column) with
        {
            Processed = run.Processed, Changed = run.Changed, Conflicts = run.Conflicts, Failures = run.Failures, Elapsed = run.Elapsed, NextStep = why ?? AdoptionDesk.NextStep(column), IsDone = isWhole,
        };
    }

    private static AdoptionState Reached(AdoptOptions options, AdoptedColumn column) => options.Step switch
    {
        AdoptStep.Complete => AdoptionState.Encrypted,
        AdoptStep.Clear => AdoptionState.Cleared,
        AdoptStep.Back => AdoptionState.Returned,
        _ when options.FillOnly || column.Adoption.IsInPlace => column.Adoption.State,
        _ => AdoptionState.Verified,
    };

    // Whether all rows are as the step wants them; and if not, what is to be done.
    private async Task<(bool IsWhole, string? Why)> PassesAsync(StepRun run, AdoptOptions options, AdoptedColumn column, CancellationToken cancellationToken)
    {
        if (options.Step == AdoptStep.Back)
        {
            // Until then a node may set plaintext to NULL.
            await run.DelayAsync(adoptions.InForce(column) - services.Now, cancellationToken).ConfigureAwait(false);
        }

        var connection = await run.WriterAsync(cancellationToken).ConfigureAwait(false);
        var dialect = RowDialect.Of(connection);
        var tables = new AdoptionTables(connection, dialect, column);
        if (options.Step == AdoptStep.Adopt)
        {
            await tables.DemandPlaintextAsync(cancellationToken).ConfigureAwait(false);
        }
        else if (options.Step is AdoptStep.Complete or AdoptStep.Clear)
        {
            await tables.DemandNullableAsync(cancellationToken).ConfigureAwait(false);
        }

        if (!options.FillOnly)
        {
            // What was written by the state before, and is not committed yet, no pass would see.
            await new OpenWriters(new DataDatabase(connection), services.Time).WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        var (table, work) = await WorkAsync(options, column, tables, dialect, isFirst: true, cancellationToken).ConfigureAwait(false);
        run.Total = await dialect.EstimateAsync(connection, table, cancellationToken).ConfigureAwait(false) * (options.FillOnly || options.Step is AdoptStep.Clear or AdoptStep.Complete ? 1 : 2);
        var begun = StepCursor.Read(run.Job.Cursor);
        int first = FirstPass(begun);
        for (int pass = first; pass < first + MaxPasses + (begun is null ? 0 : 1); pass++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{options.Step.ToString().ToLowerInvariant()} {pass}");
            if (pass > 1)
            {
                (table, work) = await WorkAsync(options, column, tables, dialect, isFirst: false, cancellationToken).ConfigureAwait(false);
            }

            bool readsPrimary = pass > 1 || options.ReadFrom is null || options.Step == AdoptStep.Complete;
            var end = await new RowStepper(services, run, new StepPass(name, table, work, readsPrimary), dialect).WalkAsync(cancellationToken).ConfigureAwait(false);
            if (end.Failed > 0 && options.Step == AdoptStep.Complete)
            {
                return (false, string.Create(
                    CultureInfo.InvariantCulture,
                    $"{end.Failed} rows were written by an old version after they were verified, and the column stays {column.Adoption.State}. Stop that version, go back (columncrypt adopt --back REASON --column {column.Name}), and adopt anew: their plaintext leads again."));
            }

            if (end.Failed > 0)
            {
                return (false, string.Create(CultureInfo.InvariantCulture, $"{end.Failed} rows could not be worked on, and the column stays {column.Adoption.State}. Mend them, and run this again."));
            }

            if (options.FillOnly)
            {
                return (true, null);
            }

            // What was read on a replica may have been written since; and so may the rows behind which a job was resumed.
            bool isWhole = begun is null || pass > first || options.Step == AdoptStep.Clear;
            if (end.Changed == 0 && readsPrimary && isWhole)
            {
                return await IsLeftAsync(run, options, column, cancellationToken).ConfigureAwait(false);
            }
        }

        return (false, $"Pass after pass found rows to change, and the column stays {column.Adoption.State}: a version of the application still writes only one of the columns. Stop it, and run this again.");
    }

    // A job that was resumed goes on in the pass it was in.
    private static int FirstPass(StepCursor? begun) =>
        begun?.Pass.Split(' ') is [_, var pass] && int.TryParse(pass, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 1;

    private async Task<(bool IsWhole, string? Why)> IsLeftAsync(StepRun run, AdoptOptions options, AdoptedColumn column, CancellationToken cancellationToken)
    {
        var connection = await run.WriterAsync(cancellationToken).ConfigureAwait(false);
        var tables = new AdoptionTables(connection, RowDialect.Of(connection), column);
        if (options.Step == AdoptStep.Adopt)
        {
            await tables.DemandIndexesAsync(cancellationToken).ConfigureAwait(false);
        }

        string? due = options.Step switch
        {
            AdoptStep.Back => column.Adoption.IsInPlace ? tables.HasText : null,
            AdoptStep.Clear => tables.HasPlain,
            _ => tables.LacksCipher,
        };
        long left = due is null ? 0 : await tables.CountAsync(due, cancellationToken).ConfigureAwait(false);
        return left == 0
            ? (true, null)
            : (false, string.Create(CultureInfo.InvariantCulture, $"{left} rows were written meanwhile by something that knows nothing of the adoption, and the column stays {column.Adoption.State}. Stop it, and run this again."));
    }

    private async Task<(StepTable Table, IRowWork Work)> WorkAsync(AdoptOptions options, AdoptedColumn column, AdoptionTables tables, RowDialect dialect, bool isFirst, CancellationToken cancellationToken) => options.Step switch
    {
        AdoptStep.Complete => (await tables.FillAsync(cancellationToken).ConfigureAwait(false), new FillWork(column, rings, store, isCheck: true, isFirst)),
        AdoptStep.Clear => (await tables.PlainAsync(tables.HasPlain, cancellationToken).ConfigureAwait(false), new ClearWork()),
        AdoptStep.Back => (await tables.PlainAsync(null, cancellationToken).ConfigureAwait(false), new ReturnWork(column, dialect is PostgreSqlRows, rings, store)),
        _ when column.Adoption.IsInPlace => (await tables.FillAsync(cancellationToken).ConfigureAwait(false), new InPlaceWork(column, rings, store)),
        _ => (await tables.FillAsync(cancellationToken).ConfigureAwait(false), new FillWork(column, rings, store, isCheck: false, isFirst)),
    };

    private async Task<AdoptResult> CompleteAsync(AdoptOptions options, AdoptedColumn column, AdoptionTables tables, DbConnection connection, CancellationToken cancellationToken)
    {
        await new OpenWriters(new DataDatabase(connection), services.Time).WaitAsync(cancellationToken).ConfigureAwait(false);
        long left = await tables.CountAsync(tables.LacksCipher, cancellationToken).ConfigureAwait(false);
        return left == 0
            ? Result(await adoptions.MoveAsync(column, AdoptionState.Encrypted, options.Reason, cancellationToken).ConfigureAwait(false))
            : throw new KeyStateException(string.Create(
                CultureInfo.InvariantCulture,
                $"{left} rows of {column.Name} have no ciphertext. Run columncrypt adopt --column {column.Name} first."));
    }

    private async Task<AdoptResult> CountAsync(AdoptOptions options, AdoptedColumn column, AdoptionTables tables, DbConnection connection, CancellationToken cancellationToken)
    {
        long start = services.Time.GetTimestamp();
        string? due = options.Step switch
        {
            AdoptStep.Adopt => tables.LacksCipher,
            AdoptStep.Clear => tables.HasPlain,
            AdoptStep.Back when column.Adoption.State is AdoptionState.Encrypted or AdoptionState.Cleared or AdoptionState.Returning || column.Adoption.IsInPlace => null,
            _ => "1 = 0",
        };
        long rows = await tables.CountAsync(due, cancellationToken).ConfigureAwait(false);
        long all = await tables.CountAsync(null, cancellationToken).ConfigureAwait(false);
        var dialect = RowDialect.Of(connection);
        var table = options.Step == AdoptStep.Complete ? null : await tables.FillAsync(cancellationToken).ConfigureAwait(false);
        long reading = services.Time.GetTimestamp();
        int read = table is null ? 0 : (await dialect.ReadAsync(connection, table, null, SampleSize, cancellationToken).ConfigureAwait(false)).Count;
        double each = services.Time.GetElapsedTime(reading).TotalSeconds / Math.Max(1, read);
        double seconds = read == 0 ? 0 : (all * each * 2) + (rows * each * WriteFactor);
        return Result(column) with
        {
            IsDone = false,
            Processed = rows,
            Elapsed = services.Time.GetElapsedTime(start),
            Estimate = TimeSpan.FromSeconds(Math.Max(seconds, options.MaxPerSecond is { } most && read > 0 ? all * 2 / most : 0)),
        };
    }

    private static AdoptResult Result(AdoptedColumn column) => new(null, column.Adoption.State, 0, 0, 0, [], AdoptionDesk.NextStep(column), TimeSpan.Zero) { IsDone = true };
}
