using System.Text.Json;
using ColumnCrypt.Audit;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;

namespace ColumnCrypt.Tool.Audit;

/// <summary>A checkpoint of the audit in a file.</summary>
internal static class CheckpointFile
{
    public static AuditCheckpoint Read(string path)
    {
        try
        {
            if (JsonText.Read<AuditCheckpoint>(File.ReadAllText(path)) is { InstallationId.Length: 32, Hash.Length: 64 } checkpoint)
            {
                return checkpoint;
            }
        }
        catch (JsonException error)
        {
            throw NoCheckpoint(path, error);
        }

        throw NoCheckpoint(path, null);
    }

    /// <summary>Writes it whole or not at all; an older one at the same place goes.</summary>
    public static void Write(string path, AuditCheckpoint checkpoint)
    {
        string draft = path + ".new";
        using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write))
        {
            using var writer = new StreamWriter(file, leaveOpen: true);
            writer.WriteLine(JsonText.Write(checkpoint));
            writer.Flush();
            file.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
    }

    private static CliException NoCheckpoint(string path, Exception? error) =>
        new("usage", $"{path} is no checkpoint: columncrypt audit checkpoint --out writes one.", ExitCode.Usage, error);
}
