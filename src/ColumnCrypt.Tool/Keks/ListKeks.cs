using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Keks;

internal sealed class ListKeks() : Verb("list", "Lists the KEKs that the key store knows or the configuration allows, and how many keys depend on each.", "columncrypt keks list")
{
    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var keks = await call.Open().ListKeksAsync(cancellationToken).ConfigureAwait(false);
        return new Answer(keks, page => page.Table(
            ["KEK", "STATE", "PRIORITY", "KEYS", "ONLY HERE"],
            keks.Select(static kek => (IReadOnlyList<string?>)
            [
                kek.KekId, kek.IsAllowed ? KekText.State(kek) : $"{KekText.State(kek)}, not allowed", $"{kek.Priority}",
                TextPage.Number(kek.Dependence.Keys), TextPage.Number(kek.Dependence.OnlyHere),
            ])));
    }
}
