using System.CommandLine;
using ColumnCrypt.Kek;
using ColumnCrypt.Tool.Configuration;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Keks;

internal sealed class SplitKek : Verb
{
    private readonly Argument<string> _kek = new("URI") { Description = "file:PATH, sealed under a passphrase." };
    private readonly Option<int?> _shares = Parameters.Number("--shares", "How many shares there are, one for each holder.", 2, 255);
    private readonly Option<int?> _threshold = Parameters.Number("--threshold", "How many of them open the KEK.", 2, 255);
    private readonly Option<string?> _out = new("--out")
    {
        Description = "A folder that gets a file for each share, for its owner alone. Default: the shares are printed.",
        HelpName = "FOLDER",
    };

    public SplitKek()
        : base(
            "split",
            "Replaces the passphrase of a file: KEK by shares, so that several people together open it and none alone.",
            "columncrypt keks split file:/etc/app/kek.json --shares 5 --threshold 3 --out /media/ceremony")
    {
        _shares.Required = true;
        _threshold.Required = true;
        Arguments.Add(_kek);
        Option[] all = [_shares, _threshold, _out];
        Array.ForEach(all, Options.Add);
    }

    public override string WhenInterrupted => "The KEK opens with its passphrase unless it was said that it was split.";

    public override Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var kek = FileKekArgument.Of(call.Value(_kek));
        string path = FileKekArgument.PathOf(kek, call.Environment);
        int count = call.Value(_shares)!.Value;
        int threshold = call.Value(_threshold)!.Value;
        string? folder = call.Value(_out) is { } option ? call.Environment.PathOf(option) : null;
        if (threshold > count)
        {
            throw CliException.Usage($"--threshold {threshold} is more than --shares {count}.");
        }

        ShareFiles.DemandRoom(folder, kek, count);
        if (call.IsDryRun)
        {
            return Task.FromResult<Answer?>(FileKek.SharesOf(path) is null
                ? Plan.Answer($"The passphrase of {path} would go, and {threshold} of {count} shares would open it.")
                : throw new CliException("denied", $"{path} is sealed by shares already."));
        }

        IReadOnlyList<string> files = [];
        var told = FileKek.Split(path, call.Passphrases().ForExisting(kek), count, threshold, lines =>
        {
            if (folder is null)
            {
                Print(call, lines);
            }
            else
            {
                files = ShareFiles.Write(folder, kek, lines);
            }
        });
        return Task.FromResult<Answer?>(new Answer(new { KekId = kek.Uri, Path = path, told.Set, told.Threshold, Shares = told.Count, Files = files }, page =>
        {
            page.Fields(("KEK", kek.Uri), ("set", told.Set), ("shares", $"{told.Count}, of which {told.Threshold} open it"));
            foreach (string file in files)
            {
                page.Line(file);
            }

            page.Line("The passphrase does not open it any more. Give each share to another person, destroy these copies, and destroy copies of the file that the passphrase opens.");
        }));
    }

    // Before the file is replaced: else nobody would have them if that is the last that happens. With --json there is one document, on the standard output.
    private static void Print(Call call, IReadOnlyList<string> lines)
    {
        var output = call.IsJson ? call.Environment.Error : call.Environment.Output;
        for (int place = 0; place < lines.Count; place++)
        {
            output.WriteLine(lines[place]);
        }

        output.Flush();
    }
}
