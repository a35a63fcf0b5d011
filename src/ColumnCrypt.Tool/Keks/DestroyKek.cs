using System.CommandLine;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Keks;

internal sealed class DestroyKek : Verb
{
    private readonly Argument<string> _kek = Parameters.Kek();
    private readonly Option<string?> _reason = Parameters.Reason();
    private readonly Option<DateTimeOffset?> _finalAt =
        Durations.Time("--final-at", "When the backend's deletion is final, in ISO 8601; for a local KEK, when its last copy was destroyed.");

    public DestroyKek()
        : base(
            "destroy",
            "Notes that a KEK is destroyed where it lives. Refused while any key has a wrap under it.",
            "columncrypt keks destroy file:/etc/app/old.json --final-at 2026-12-31T00:00:00Z --reason \"file and backups shredded by Jo\"")
    {
        _finalAt.Required = true;
        Arguments.Add(_kek);
        Options.Add(_finalAt);
        Options.Add(_reason);
    }

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        string kekId = call.Value(_kek);
        var finalAt = call.Value(_finalAt)!.Value;
        if (!call.IsDryRun)
        {
            Confirmation.Demand(call, $"KEK {kekId} will count as destroyed for ever; shreds are reported on the strength of it.", kekId);
        }

        var keys = call.Open();
        if (call.IsDryRun)
        {
            var now = await Lookup.KekAsync(keys, kekId, cancellationToken).ConfigureAwait(false);
            return now.Dependence.Keys > 0
                ? throw new KekInUseException($"{TextPage.Number(now.Dependence.Keys)} keys have a wrap under {kekId}: rewrap them, then drop the old wraps.")
                : now.State == KekState.Retired
                    ? Plan.Answer($"{kekId} would be noted as destroyed, final at {TextPage.Time(finalAt)}.", now)
                    : throw new KeyStateException($"The KEK {kekId} is {KekText.State(now)}; to note it as destroyed, it must be Retired.");
        }

        return KekText.Answer(
            await keys.DestroyKekAsync(kekId, finalAt, call.Value(_reason)!, cancellationToken).ConfigureAwait(false),
            "Take it out of the configuration of every node.");
    }
}
