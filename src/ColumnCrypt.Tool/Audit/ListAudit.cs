using System.CommandLine;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Audit;

internal sealed class ListAudit : Verb
{
    private readonly Option<long?> _after = Parameters.Number("--after", "Begins behind the entry of this number. Default: 0.", 0L, long.MaxValue);
    private readonly Option<int?> _limit = Parameters.Number("--limit", "How many entries at most. Default: 100.", 1, 1_000_000);

    public ListAudit()
        : base("list", "Lists the audit, in the order of its chain.", "columncrypt audit list --after 1200")
    {
        Options.Add(_after);
        Options.Add(_limit);
    }

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await ListWriter.WriteAsync(
            call,
            call.Open().ListAuditAsync(call.Value(_after) ?? 0, cancellationToken).Take(call.Value(_limit) ?? 100),
            ["NO", "AT", "ACTOR", "ACTION", "TENANT OR KEY", "DETAIL"],
            static entry => [$"{entry.Sequence}", TextPage.Time(entry.At), entry.Actor, entry.Action, entry.KeyId?.ToString() ?? entry.Tenant, entry.Detail])
            .ConfigureAwait(false);
        return null;
    }
}
