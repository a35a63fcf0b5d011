using System.Data.Common;
using System.Text.RegularExpressions;
using ColumnCrypt.Kek;
using ColumnCrypt.Tool.Running;

namespace ColumnCrypt.Tool.Output;

/// <summary>What is said about an error.</summary>
/// <param name="Kind">Its kind, as docs/cli.md lists them.</param>
/// <param name="Message">What happened and what to do about it.</param>
/// <param name="Transient">True where the same command may succeed later without anybody changing anything.</param>
internal sealed partial record ErrorReport(string Kind, string Message, bool Transient)
{
    public static ErrorReport Of(Exception error) => error switch
    {
        CliException own => new(own.Kind, own.Message, false),
        KeyUnavailableException { Reason: KeyUnavailableReason.NotInitialized } missing =>
            new("not-initialized", missing.Message + " Here that is: columncrypt init.", false),
        KeyUnavailableException keys => new(Kebab(keys.Reason.ToString()), keys.Message, keys.IsTransient),
        KekException kek => new(Kebab(kek.Failure.ToString()), kek.Message, kek.IsTransient),
        EncryptionModelException model => new("configuration", model.Message, false),
        CiphertextInvalidException value => new("value-invalid", value.Message, false),
        ColumnCryptException other => new(Kebab(other.GetType().Name[..^"Exception".Length]), other.Message, other.IsTransient),
        DbException data => new("database", data.Message, data.IsTransient),
        OperationCanceledException => new("interrupted", "Interrupted.", true),
        IOException or UnauthorizedAccessException => new("io", error.Message, false),
        _ => new("internal", $"{error.GetType().Name}: {error.Message} This should not happen: please report it.", false),
    };

    private static string Kebab(string name) => Words().Replace(name, "-$0").ToLowerInvariant();

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex Words();
}
