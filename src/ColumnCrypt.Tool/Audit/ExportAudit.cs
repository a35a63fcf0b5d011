using System.CommandLine;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Audit;

internal sealed class ExportAudit : Verb
{
    private readonly Option<long?> _after = Parameters.Number("--after", "Begins behind the entry of this number. Default: 0.", 0L, long.MaxValue);

    public ExportAudit()
        : base(
            "export",
            "Writes the audit as JSON lines, an entry a line.",
            "columncrypt audit export > audit.jsonl",
            "columncrypt audit export --after 1200 >> audit.jsonl") =>
        Options.Add(_after);

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await foreach (var entry in call.Open().ListAuditAsync(call.Value(_after) ?? 0, cancellationToken).ConfigureAwait(false))
        {
            await call.Environment.Output.WriteLineAsync(JsonText.Write(entry)).ConfigureAwait(false);
        }

        return null;
    }
}
