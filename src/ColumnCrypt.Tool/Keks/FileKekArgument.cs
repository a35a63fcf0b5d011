using System.CommandLine;
using ColumnCrypt.Kek;
using ColumnCrypt.Tool.Configuration;
using ColumnCrypt.Tool.Running;

namespace ColumnCrypt.Tool.Keks;

/// <summary>The <c>file:</c> KEK that a verb works on.</summary>
internal static class FileKekArgument
{
    /// <summary>The KEK of a URI.</summary>
    /// <exception cref="CliException">It is no <c>file:</c> KEK.</exception>
    public static KekSetting Of(string uri)
    {
        var kek = new KekSetting(uri, KekUse.Wraps);
        return kek.HasPassphrase && kek.Opened.Length > "file:".Length
            ? kek
            : throw CliException.Usage($"Only a file: KEK is made, split or joined here, and '{uri}' is none: a KEK of another kind is made where it lives.");
    }

    /// <summary>Where its file is.</summary>
    public static string PathOf(KekSetting kek, CliEnvironment environment) => environment.PathOf(kek.Opened["file:".Length..]);

    /// <summary>The option that says how slow guessing its passphrase is.</summary>
    public static Option<FileKekKdf> Kdf() => new("--kdf")
    {
        Description = "What makes guessing the passphrase slow.",
        HelpName = "Pbkdf2HmacSha256|Argon2id",
        DefaultValueFactory = static _ => FileKekKdf.Pbkdf2HmacSha256,
    };
}
