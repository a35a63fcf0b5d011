using System.CommandLine;
using ColumnCrypt.Ledger;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Ledger;

internal sealed class CreateLedger : Verb
{
    private readonly Argument<string> _path = new("PATH")
    {
        Description = "The file, which must not exist; best where the database's owner cannot write.",
    };

    public CreateLedger()
        : base(
            "create",
            "Makes an empty shred ledger that the configured signing key signs: keys in it are not unwrapped, whatever backup is put back.",
            "columncrypt ledger create /mnt/worm/shredded --signing-key /etc/app/signing.pem") => Arguments.Add(_path);

    public override Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        string path = call.Environment.PathOf(call.Value(_path));
        if (call.IsDryRun)
        {
            return Task.FromResult<Answer?>(!Path.Exists(path) ? Plan.Answer($"A shred ledger would be made in {path}.") : throw new CliException("io", $"{path} exists."));
        }

        var signer = call.OpenSigner();
        FileShredLedger.Create(path, signer);
        return Task.FromResult<Answer?>(new Answer(new { Path = path, signer.Fingerprint }, page =>
        {
            page.Fields(("ledger", path), ("trust", signer.Fingerprint));
            page.Line("Configure both on every node, and \"ledger\" and \"ledgerTrust\" in columncrypt.json, before the next shred.");
        }));
    }
}
