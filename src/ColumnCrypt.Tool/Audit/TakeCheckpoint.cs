using System.CommandLine;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Audit;

internal sealed class TakeCheckpoint : Verb
{
    private readonly Option<string?> _out = new("--out")
    {
        Description = "Where to write it, over an older one; best where the database's owner cannot write.",
        HelpName = "FILE",
    };

    public TakeCheckpoint()
        : base(
            "checkpoint",
            "Chains what application nodes have written, and gives the end of the chain, to be kept outside the database.",
            "columncrypt audit checkpoint --out /mnt/worm/audit.json") =>
        Options.Add(_out);

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var keys = call.IsDryRun ? call.Open() : call.OpenToSign();
        if (call.IsDryRun)
        {
            var verdict = await keys.VerifyAuditAsync(null, cancellationToken).ConfigureAwait(false);
            return Plan.Answer($"{TextPage.Number(verdict.Unchained)} entries would be chained behind {TextPage.Number(verdict.Entries)}.", verdict);
        }

        var checkpoint = await keys.CheckpointAuditAsync(cancellationToken).ConfigureAwait(false);
        if (call.Value(_out) is { } path)
        {
            CheckpointFile.Write(call.Environment.PathOf(path), checkpoint);
        }

        return new Answer(checkpoint, page => page.Fields(
            ("installation", checkpoint.InstallationId),
            ("entry", TextPage.Number(checkpoint.Sequence)),
            ("hash", checkpoint.Hash),
            ("at", TextPage.Time(checkpoint.At)),
            ("signed", checkpoint.Signature is null ? "no: no signing key is configured" : "yes"),
            ("written to", call.Value(_out))));
    }
}
