using System.CommandLine;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Shred;

internal sealed class CertifyShred : Verb
{
    private readonly Argument<string> _tenant = Parameters.Tenant();
    private readonly Option<string?> _out = new("--out")
    {
        Description = "A new file for the certificate. Default: the standard output.",
        HelpName = "FILE",
    };

    public CertifyShred()
        : base(
            "certify",
            "Issues a signed certificate of a shred that is done. It is JSON, and valid byte by byte alone.",
            "columncrypt shred certify acme --out acme-erased.json")
    {
        Arguments.Add(_tenant);
        Options.Add(_out);
    }

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        string tenant = call.Value(_tenant);
        string? path = call.Value(_out) is { } file ? call.Environment.PathOf(file) : null;
        if (Path.Exists(path))
        {
            throw new CliException("io", $"{path} exists: a certificate is not written over.");
        }

        if (call.IsDryRun)
        {
            return Plan.Answer($"A certificate of the shred of '{tenant}' would be issued.", await Lookup.TenantAsync(call.Open(), tenant, cancellationToken).ConfigureAwait(false));
        }

        var signer = call.OpenSigner();
        string certificate = await call.Open().CertifyShredAsync(tenant, signer, cancellationToken).ConfigureAwait(false);
        if (path is null)
        {
            await call.Environment.Output.WriteAsync(certificate).ConfigureAwait(false);
            return null;
        }

        await File.WriteAllTextAsync(path, certificate, cancellationToken).ConfigureAwait(false);
        return new Answer(
            new { Tenant = tenant, Path = path, signer.Fingerprint }, page => page.Fields(("tenant", tenant), ("certificate", path), ("signed by", signer.Fingerprint)));
    }
}
