using ColumnCrypt.Kek;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Running;

namespace ColumnCrypt.Tool.Configuration;

/// <summary>Gives a KEK that is sealed by shares what its holders bring: from files, or at the terminal, one after the other.</summary>
internal sealed class ShareReader(IReadOnlyList<string> files, CliEnvironment environment, Redaction redaction)
{
    public const string Ways = "at the terminal, by --share-file, or in COLUMNCRYPT_SHARE_FILES";

    /// <summary>What the file of a KEK tells of its shares; null where it is no KEK file that can be read, or a passphrase opens it.</summary>
    public FileKekShares? Of(KekSetting kek)
    {
        if (!kek.HasPassphrase || kek.Opened.Length == "file:".Length)
        {
            return null;
        }

        try
        {
            return FileKek.SharesOf(environment.PathOf(kek.Opened["file:".Length..]));
        }
        catch (KekException)
        {
            // What is wrong with the file is said when the KEK is called, if it is.
            return null;
        }
    }

    /// <summary>The shares for a KEK: all those of the files, else what is typed, up to the threshold. None where nobody can be asked or nothing was answered.</summary>
    public IReadOnlyList<string> For(KekSetting kek, FileKekShares told)
    {
        List<string> shares = files.Count > 0
            ? [.. files.Select(static path => SmallText.Read(path, "a share"))]
            : [.. Enumerable.Range(1, told.Threshold).Select(number => environment.ReadSecret?.Invoke($"Share {number} of {told.Threshold} needed, of {kek.Uri}, set {told.Set}: ")).TakeWhile(static line => line is { Length: > 0 }).OfType<string>()];
        shares.ForEach(redaction.Add);
        return shares;
    }
}
