using System.Text;
using ColumnCrypt.Tool.Configuration;
using ColumnCrypt.Tool.Running;

namespace ColumnCrypt.Tool.Keks;

/// <summary>A file for each share, for its owner alone: <c>NAME-share-1.txt</c>.</summary>
internal static class ShareFiles
{
    /// <exception cref="CliException">The folder is not there, or one of the files is.</exception>
    public static void DemandRoom(string? folder, KekSetting kek, int count)
    {
        if (folder is null)
        {
            return;
        }

        if (!Directory.Exists(folder))
        {
            throw new CliException("io", $"The folder {folder} does not exist. Make it first, for its owner alone.");
        }

        if (Enumerable.Range(1, count).Select(number => PathOf(folder, kek, number)).FirstOrDefault(Path.Exists) is { } there)
        {
            throw new CliException("io", $"{there} exists, and no share is overwritten.");
        }
    }

    /// <summary>Writes them to the disk; where one cannot be written, none is left.</summary>
    public static IReadOnlyList<string> Write(string folder, KekSetting kek, IReadOnlyList<string> lines)
    {
        var written = new List<string>(lines.Count);
        try
        {
            for (int place = 0; place < lines.Count; place++)
            {
                string path = PathOf(folder, kek, place + 1);
                using var file = new FileStream(path, Options());
                written.Add(path);
                file.Write(Encoding.ASCII.GetBytes(lines[place] + "\n"));
                file.Flush(flushToDisk: true);
            }

            return written;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            written.ForEach(File.Delete);
            throw new CliException("io", $"The shares could not be written to {folder}, and the KEK was not split: {error.Message}", ExitCode.Failed, error);
        }
    }

    private static string PathOf(string folder, KekSetting kek, int number) => Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(kek.Opened["file:".Length..])}-share-{number}.txt");

    private static FileStreamOptions Options()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
