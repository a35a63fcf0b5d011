using System.CommandLine;
using ColumnCrypt.Lifecycle;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Backup;

internal sealed class BackUp : Verb
{
    private readonly Argument<string> _file = new("FILE") { Description = "A new file." };

    public BackUp()
        : base("backup", "Writes the key tables to one authenticated file. Wrapped keys stay wrapped.", "columncrypt backup keys-2026-12-31.backup") =>
        Arguments.Add(_file);

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        string path = call.Environment.PathOf(call.Value(_file));
        if (Path.Exists(path))
        {
            throw new CliException("io", $"{path} exists: a backup is not written over.");
        }

        var keys = call.Open();
        if (call.IsDryRun)
        {
            var status = await keys.GetStatusAsync(cancellationToken).ConfigureAwait(false);
            return Plan.Answer($"{TextPage.Number(status.Counts.Keys.Values.Sum())} keys would be written to {path}.");
        }

        string draft = $"{path}.{Guid.NewGuid():N}.new";
        try
        {
            var backup = await WriteAsync(keys, draft, cancellationToken).ConfigureAwait(false);
            File.Move(draft, path, overwrite: false);
            return BackupText.Answer(backup, $"Written to {path}. It is of no use without one of these KEKs.");
        }
        finally
        {
            File.Delete(draft);
        }
    }

    private static async Task<ColumnCrypt.Backup.BackupInfo> WriteAsync(IKeyManager keys, string path, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using var file = new FileStream(path, options);
        var backup = await keys.BackupAsync(file, cancellationToken).ConfigureAwait(false);
        file.Flush(flushToDisk: true);
        return backup;
    }
}
