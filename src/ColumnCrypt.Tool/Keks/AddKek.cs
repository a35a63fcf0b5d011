using System.CommandLine;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Keks;

internal sealed class AddKek : Verb
{
    private readonly Argument<string> _kek = Parameters.Kek();
    private readonly Option<string?> _reason = Parameters.Reason();
    private readonly Option<int?> _priority =
        Parameters.Number("--priority", "The order in which nodes try KEKs, lowest first. Default: 0.", 0, 1_000_000);

    public AddKek()
        : base(
            "add",
            "Makes a KEK known to the key store, or changes its priority.",
            "columncrypt keks add file:/etc/app/new.json --priority 10 --reason \"yearly KEK\"")
    {
        Arguments.Add(_kek);
        Options.Add(_priority);
        Options.Add(_reason);
    }

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        string kekId = call.Value(_kek);
        int priority = call.Value(_priority) ?? 0;
        var keys = call.Open(kekId);
        if (call.IsDryRun)
        {
            var now = await Lookup.KekAsync(keys, kekId, cancellationToken).ConfigureAwait(false);
            Lookup.Demand(now.State is null or KekState.Active, $"The KEK {kekId} is {now.State}: it stays so.");
            return Plan.Answer(now.State is null ? $"{kekId} would be added with priority {priority}." : $"The priority of {kekId} would become {priority}.", now);
        }

        return KekText.Answer(
            await keys.AddKekAsync(kekId, priority, call.Value(_reason)!, cancellationToken).ConfigureAwait(false),
            "Allow it in the configuration of every node before keys are moved to it.");
    }
}
