using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Store;

internal sealed class ShowStatus() : Verb("status", "Counts what the key store holds, and names the nodes that use it.", "columncrypt status")
{
    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var status = StatusView.Of(await call.Open().GetStatusAsync(cancellationToken).ConfigureAwait(false));
        return new Answer(status, page =>
        {
            page.Fields(("installation", status.InstallationId), ("generation", TextPage.Number(status.Generation)));
            Section(page, ["TENANTS", "COUNT"], status.Tenants.Select(static pair => (IReadOnlyList<string?>)[pair.Key, TextPage.Number(pair.Value)]));
            Section(page, ["KEYS", "STATE", "COUNT"], status.Keys.Select(static key => (IReadOnlyList<string?>)
                [key.Kind.ToString().ToLowerInvariant(), key.State.ToString(), TextPage.Number(key.Count)]));
            Section(page, ["WRAPPED BY", "COUNT"], status.Wraps.Select(static wrap => (IReadOnlyList<string?>)[wrap.KekId, TextPage.Number(wrap.Count)]));
            Section(page, ["NODE", "SEEN", "UNWRAPPED THROUGH"], status.Nodes.Select(static node => (IReadOnlyList<string?>)
                [node.Name, TextPage.Time(node.SeenAt), string.Join(' ', node.Keks)]));
        });
    }

    private static void Section(TextPage page, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string?>> rows)
    {
        var all = rows.ToList();
        if (all.Count > 0)
        {
            page.Line("");
            page.Table(columns, all);
        }
    }
}
