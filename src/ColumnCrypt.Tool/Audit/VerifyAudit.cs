using System.CommandLine;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Audit;

internal sealed class VerifyAudit : Verb
{
    private readonly Option<string?> _checkpoint = new("--checkpoint")
    {
        Description = "A checkpoint kept outside the database: shows that no entry up to it was removed or rewritten.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _trust = new("--trust")
    {
        Description = "The fingerprint of the operator who must have signed the checkpoint: 64 hex digits. An unsigned one can be written by anybody.",
        HelpName = "FINGERPRINT",
    };

    public VerifyAudit()
        : base(
            "verify",
            "Checks every entry of the audit, and names the first bad one. Exit code 1 where there is one.",
            "columncrypt audit verify --checkpoint /mnt/worm/audit.json",
            $"columncrypt audit verify --checkpoint /mnt/worm/audit.json --trust {new string('9', 64)}")
    {
        Options.Add(_checkpoint);
        Options.Add(_trust);
    }

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var checkpoint = call.Value(_checkpoint) is { } path ? CheckpointFile.Read(call.Environment.PathOf(path)) : null;
        if (call.Value(_trust) is { } fingerprint && checkpoint?.IsSignedBy(fingerprint) != true)
        {
            throw checkpoint is null
                ? CliException.Usage("--trust is about the signer of a checkpoint: give --checkpoint FILE too.")
                : new KeyStateException("The checkpoint is not signed by the operator who is trusted: it may have been written by anybody, and proves nothing.");
        }

        var verdict = await call.Open().VerifyAuditAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        return new Answer(
            verdict,
            page =>
            {
                page.Line(verdict.IsValid
                    ? $"The audit is as it was written: {TextPage.Number(verdict.Entries)} entries{(checkpoint is null ? "; without a checkpoint, a cut-off end does not show" : "")}."
                    : $"The audit is NOT as it was written{(verdict.FirstBad is { } bad ? $", from entry {bad}" : "")}: {verdict.Finding}");
                if (verdict.Unchained > 0)
                {
                    page.Line($"{TextPage.Number(verdict.Unchained)} entries of application nodes wait to be chained: columncrypt audit checkpoint.");
                }
            },
            verdict.IsValid);
    }
}
