using System.CommandLine;
using ColumnCrypt.Tool.Configuration;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Shred;

internal sealed class VerifyShred : Verb
{
    private readonly Option<string> _certificate = new("--certificate")
    {
        Description = "The certificate's file.",
        HelpName = "FILE",
        Required = true,
    };
    private readonly Option<string> _trust = new("--trust")
    {
        Description = "The fingerprint of the signer who is trusted, learnt by another way: 64 hex digits.",
        HelpName = "FINGERPRINT",
        Required = true,
    };
    private readonly Option<string?> _backup = new("--backup")
    {
        Description = "A connection string of the key tables as restored from a backup, on the same provider: its old wraps are tried on every KEK.",
        HelpName = "STRING",
    };

    public VerifyShred()
        : base(
            "verify",
            "Checks a certificate against its signer, the key tables as they are, and a backup of them. Exit code 1 where something contradicts it.",
            $"columncrypt shred verify --certificate acme-erased.json --trust {new string('9', 64)}")
    {
        Options.Add(_certificate);
        Options.Add(_trust);
        Options.Add(_backup);
    }

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        string certificate = await File.ReadAllTextAsync(call.Environment.PathOf(call.Value(_certificate)!), cancellationToken).ConfigureAwait(false);
        var keys = call.Open();
        var backup = call.Value(_backup) is { } connection ? KeyStores.Open(call.SettingsOf(connection), call.Environment.Time) : null;
        using var closing = backup as IDisposable;
        var verdict = await keys.VerifyShredAsync(certificate, call.Value(_trust)!, backup, cancellationToken).ConfigureAwait(false);
        return new Answer(
            verdict,
            page =>
            {
                page.Line(verdict.IsValid ? "Nothing contradicts the certificate." : "The certificate is NOT true:");
                foreach (string finding in verdict.Findings.Concat(verdict.Claims))
                {
                    page.Line(finding);
                }
            },
            verdict.IsValid);
    }
}
