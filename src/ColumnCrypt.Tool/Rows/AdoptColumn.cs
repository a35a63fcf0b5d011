using System.CommandLine;
using ColumnCrypt.Adopting;
using ColumnCrypt.Tool.Jobs;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Rows;

internal sealed class AdoptColumn : Verb
{
    private readonly WalkParameters _walk = new();
    private readonly Option<string> _column = new("--column") { Description = "The encrypted column: TABLE.COLUMN or SCHEMA.TABLE.COLUMN.", HelpName = "COLUMN", Required = true };
    private readonly Option<bool> _fillOnly = new("--fill-only") { Description = "Fills, and stays dual: for as long as a version of the application runs that writes plaintext alone." };
    private readonly Option<bool> _complete = new("--complete") { Description = "Ends the writing of plaintext, once every node has heard that the column is verified." };
    private readonly Option<bool> _clear = new("--clear") { Description = "Sets every plaintext to NULL." };
    private readonly Option<string?> _back = new("--back") { Description = "Goes back to plaintext, and says why.", HelpName = "REASON" };

    public AdoptColumn()
        : base(
            "adopt",
            "Takes a column of plaintext that the application's model adopts one step further: fills and verifies it, completes, clears, or goes back.",
            "columncrypt adopt --column patients.ssn_encrypted --data-connection \"Host=db;Database=clinic;Username=clinic_owner\" --dry-run",
            "columncrypt adopt --column patients.ssn_encrypted --data-connection \"Host=db;Database=clinic;Username=clinic_owner\" --max-lag 5s",
            "columncrypt adopt --complete --column patients.ssn_encrypted --data-connection \"Host=db;Database=clinic;Username=clinic_owner\"")
    {
        _walk.AddTo(this);
        Option[] all = [_column, _fillOnly, _complete, _clear, _back];
        Array.ForEach(all, Options.Add);
    }

    public override string WhenInterrupted => "What is filled stays filled, and the column keeps its state.";

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var step = StepOf(call);
        var which = new AdoptOptions(call.Value(_column)!) { Step = step, FillOnly = call.Value(_fillOnly), Reason = call.Value(_back) };
        if (await _walk.EnqueueAsync(call, "A step of an adoption", (asked, database) => asked.EnqueueAdoptAsync(which, database, cancellationToken), cancellationToken).ConfigureAwait(false) is { } answer)
        {
            return answer;
        }

        if (step == AdoptStep.Clear && !call.IsDryRun)
        {
            Confirmation.Demand(call, $"Every plaintext beside {call.Value(_column)} will be set to NULL.", call.Value(_column)!);
        }

        var keys = call.Open();
        var data = _walk.Open(call);
        await using (data.ConfigureAwait(false))
        {
            using var read = _walk.OpenToRead(call);
            var options = _walk.Apply(call, which, read);
            var result = await call.Progress().RunAsync("adopt", progress => keys.AdoptAsync(options, data, progress, cancellationToken)).ConfigureAwait(false);
            var view = new AdoptView(
                options.DryRun, result.IsDone, result.State, result.Processed, result.Changed, result.Conflicts, result.Elapsed, result.Estimate, result.Failures, result.NextStep, result.Job is null ? null : JobView.Of(result.Job));
            return new Answer(view, page => AdoptText.Write(page, view), view.DryRun || view.Done);
        }
    }

    private AdoptStep StepOf(Call call) => (call.Value(_complete), call.Value(_clear), call.Value(_back), call.Value(_fillOnly)) switch
    {
        (false, false, null, _) => AdoptStep.Adopt,
        (true, false, null, false) => AdoptStep.Complete,
        (false, true, null, false) => AdoptStep.Clear,
        (false, false, not null, false) => AdoptStep.Back,
        _ => throw CliException.Usage("One step at a time: --complete, --clear or --back REASON; --fill-only goes with none of them."),
    };
}
