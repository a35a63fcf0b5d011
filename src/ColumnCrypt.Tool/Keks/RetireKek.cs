using System.CommandLine;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Keks;

internal sealed class RetireKek : Verb
{
    private readonly Argument<string> _kek = Parameters.Kek();
    private readonly Option<string?> _reason = Parameters.Reason();

    public RetireKek()
        : base(
            "retire",
            "Retires a KEK: it unwraps, and wraps nothing new. Refused while it is the only wrap of a key.",
            "columncrypt keks retire file:/etc/app/old.json --reason \"replaced\"")
    {
        Arguments.Add(_kek);
        Options.Add(_reason);
    }

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        string kekId = call.Value(_kek);
        var keys = call.Open();
        if (call.IsDryRun)
        {
            var now = await Lookup.KekAsync(keys, kekId, cancellationToken).ConfigureAwait(false);
            Lookup.Demand(now.State == KekState.Active, $"The KEK {kekId} is {KekText.State(now)}; to retire it, it must be Active.");
            return now.Dependence.OnlyHere == 0
                ? Plan.Answer($"{kekId} would be retired.", now)
                : throw new KekInUseException($"{TextPage.Number(now.Dependence.OnlyHere)} keys have no wrap but under {kekId}: rewrap them first.");
        }

        return KekText.Answer(
            await keys.RetireKekAsync(kekId, call.Value(_reason)!, cancellationToken).ConfigureAwait(false),
            "Drop the wraps under it with columncrypt rewrap --to URI --drop, once every node has unwrapped through another.");
    }
}
