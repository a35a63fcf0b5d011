using System.CommandLine;
using ColumnCrypt.Kek;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Keks;

internal sealed class CreateKek : Verb
{
    private readonly Argument<string> _kek = new("URI") { Description = "file:PATH; the folder must exist, the file must not." };
    private readonly Option<FileKekKdf> _kdf = FileKekArgument.Kdf();

    public CreateKek()
        : base(
            "create",
            "Makes a KEK in a new file, sealed under a passphrase, for its owner alone.",
            "columncrypt keks create file:/etc/app/kek.json")
    {
        Arguments.Add(_kek);
        Options.Add(_kdf);
    }

    public override Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var kek = FileKekArgument.Of(call.Value(_kek));
        string path = FileKekArgument.PathOf(kek, call.Environment);
        if (call.IsDryRun)
        {
            return Task.FromResult<Answer?>(!Path.Exists(path) && Directory.Exists(Path.GetDirectoryName(path))
                ? Plan.Answer($"A KEK would be made in {path}.")
                : throw new CliException("io", $"{path} exists, or its folder does not."));
        }

        FileKek.Create(path, call.Passphrases().ForNew(kek), new FileKekOptions { Kdf = call.Value(_kdf) });
        return Task.FromResult<Answer?>(new Answer(new { KekId = kek.Uri, Path = path }, page =>
        {
            page.Line($"Made {path}.");
            page.Line("Without this file, or without its passphrase, all that is encrypted under it is lost: keep copies of both, apart from each other.");
        }));
    }
}
