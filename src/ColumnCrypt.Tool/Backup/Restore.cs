using System.CommandLine;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Backup;

internal sealed class Restore : Verb
{
    private readonly Argument<string> _file = new("FILE") { Description = "What columncrypt backup wrote." };
    private readonly Option<string?> _reason = Parameters.Reason();

    public Restore()
        : base(
            "restore",
            "Puts a backup into empty key tables, once it is checked whole. Data first, keys second. What is written next is under new keys.",
            "columncrypt restore keys-2026-12-31.backup --reason \"disk lost\"")
    {
        Arguments.Add(_file);
        Options.Add(_reason);
    }

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        string path = call.Environment.PathOf(call.Value(_file));
        if (call.IsDryRun)
        {
            return File.Exists(path) ? Plan.Answer($"{path} would be checked, and put into the key tables, which must be empty.") : throw new CliException("io", $"There is no file {path}.");
        }

        await using var file = File.OpenRead(path);
        var backup = await call.OpenToInitialize().RestoreAsync(file, call.Value(_reason)!, cancellationToken).ConfigureAwait(false);
        string adopted = backup.Adopted.Count == 0 ? "" : " Before a node starts, compare the states of the adopted columns with the last steps that were taken: "
            + "where one was taken after the backup, plaintext that is gone would be believed (runbook: restore during an adoption).";
        return BackupText.Answer(backup, $"Restored. Shred again every tenant whose certificate is younger than the backup.{adopted}");
    }
}
