using System.CommandLine;
using ColumnCrypt.Reencrypting;
using ColumnCrypt.Tool.Jobs;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Rows;

internal sealed class ReencryptRows : Verb
{
    private readonly WalkParameters _walk = new();
    private readonly Option<string[]> _columns = new("--column") { Description = "Moves this column alone: TABLE.COLUMN or SCHEMA.TABLE.COLUMN. Repeatable. Default: all of the manifest.", HelpName = "COLUMN" };
    private readonly Option<string[]> _tenants = new("--tenant") { Description = "Moves the rows of this tenant alone. Repeatable. Default: all.", HelpName = "TENANT" };
    private readonly Option<bool> _verify = new("--verify") { Description = "Reads every moved column once more afterwards and decrypts each value." };

    public ReencryptRows()
        : base(
            "reencrypt",
            "Moves rows that are under Deactivated or Compromised keys to the Active keys of their tenants, and counts what is left.",
            "columncrypt reencrypt --data-connection \"Host=db;Database=clinic;Username=clinic_owner\" --dry-run",
            "columncrypt reencrypt --data-connection \"Host=db;Database=clinic;Username=clinic_owner\" --rate 2000 --max-lag 5s")
    {
        _walk.AddTo(this);
        Option[] all = [_columns, _tenants, _verify];
        Array.ForEach(all, Options.Add);
    }

    public override string WhenInterrupted => "What is moved stays moved, and no row is half moved.";

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var which = new ReencryptOptions
        {
            Columns = call.Value(_columns) is { Length: > 0 } columns ? columns.ToHashSet(StringComparer.Ordinal) : null,
            Tenants = call.Value(_tenants) is { Length: > 0 } tenants ? tenants.ToHashSet(StringComparer.Ordinal) : null,
            Verify = call.Value(_verify),
        };
        if (await _walk.EnqueueAsync(call, "A re-encryption", (asked, database) => asked.EnqueueReencryptAsync(which, database, cancellationToken), cancellationToken).ConfigureAwait(false) is { } answer)
        {
            return answer;
        }

        var keys = call.Open();
        var data = _walk.Open(call);
        await using (data.ConfigureAwait(false))
        {
            using var read = _walk.OpenToRead(call);
            var options = _walk.Apply(call, which, read);
            var result = await call.Progress().RunAsync("reencrypt", progress => keys.ReencryptAsync(options, data, progress, cancellationToken)).ConfigureAwait(false);
            var view = new ReencryptView(
                options.DryRun, result.Processed, result.Changed, result.Conflicts, result.Elapsed, result.Estimate, result.Failures, result.Left, result.Emptied, result.ColumnsElsewhere,
                result.Job is null ? null : JobView.Of(result.Job));
            return new Answer(view, page => ReencryptText.Write(page, view), view.Failures.Count == 0 && view.Job is not { Failed: > 0 });
        }
    }
}
