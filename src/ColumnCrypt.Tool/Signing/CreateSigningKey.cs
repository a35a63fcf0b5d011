using System.CommandLine;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Signing;

internal sealed class CreateSigningKey : Verb
{
    private readonly Argument<string> _path = new("PATH") { Description = "The file; its folder must exist, the file must not." };

    public CreateSigningKey()
        : base(
            "create",
            "Makes a signing key in a new file, sealed under a passphrase, and prints its fingerprint.",
            "columncrypt signing create /etc/app/signing.pem") =>
        Arguments.Add(_path);

    public override Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        string path = call.Environment.PathOf(call.Value(_path));
        if (call.IsDryRun)
        {
            return Task.FromResult<Answer?>(!Path.Exists(path) && Directory.Exists(Path.GetDirectoryName(path))
                ? Plan.Answer($"A signing key would be made in {path}.")
                : throw new CliException("io", $"{path} exists, or its folder does not."));
        }

        string fingerprint = call.CreateSigner(path).Fingerprint;
        return Task.FromResult<Answer?>(new Answer(new { Path = path, Fingerprint = fingerprint }, page =>
        {
            page.Fields(("file", path), ("fingerprint", fingerprint));
            page.Line("Tell the fingerprint to whoever verifies, by another way than with what is signed.");
        }));
    }
}
