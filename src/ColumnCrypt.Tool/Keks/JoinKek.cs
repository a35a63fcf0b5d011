using System.CommandLine;
using ColumnCrypt.Kek;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Keks;

internal sealed class JoinKek : Verb
{
    private readonly Argument<string> _kek = new("URI") { Description = "file:PATH, sealed by shares." };
    private readonly Option<FileKekKdf> _kdf = FileKekArgument.Kdf();

    public JoinKek()
        : base(
            "join",
            "Replaces the shares of a file: KEK by a passphrase: to split it anew among other people, or to end the sharing.",
            "columncrypt keks join file:/etc/app/kek.json --share-file share-1.txt --share-file share-2.txt --share-file share-3.txt")
    {
        Arguments.Add(_kek);
        Options.Add(_kdf);
    }

    public override Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var kek = FileKekArgument.Of(call.Value(_kek));
        string path = FileKekArgument.PathOf(kek, call.Environment);
        var told = FileKek.SharesOf(path) ?? throw new CliException("denied", $"{path} is sealed under a passphrase: there is nothing to join.");
        if (call.IsDryRun)
        {
            return Task.FromResult<Answer?>(Plan.Answer($"The shares of {path}, set {told.Set}, would go, and a passphrase would open it."));
        }

        FileKek.Join(path, call.Shares().For(kek, told), call.Passphrases().ForNew(kek), new FileKekOptions { Kdf = call.Value(_kdf) });
        return Task.FromResult<Answer?>(new Answer(new { KekId = kek.Uri, Path = path }, page =>
        {
            page.Line($"The passphrase opens {path}.");
            page.Line("The shares still open copies of the file as it was: destroy those.");
        }));
    }
}
