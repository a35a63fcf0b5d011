using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Tool.Verbs;

/// <summary>The arguments and options that several verbs have, with their checks.</summary>
internal static class Parameters
{
    public static Argument<string> Tenant() => new("TENANT")
    {
        Description = "The tenant id, byte by byte as the application writes it.",
        CustomParser = static result => Parse(result, TenantId.From, "a tenant id"),
    };

    public static Argument<KeyId> KeyId() => new("KEYID")
    {
        Description = "The key id: 32 hex digits.",
        CustomParser = static result => Parse(result, Format.KeyId.Parse, "a key id: 32 hex digits"),
    };

    public static Argument<string> Kek() => new("URI") { Description = "The URI of the KEK, for example file:kek.json." };

    public static Option<string?> Reason(bool required = true) => new("--reason")
    {
        Description = "Why; for the audit.",
        HelpName = "TEXT",
        Required = required,
        CustomParser = static result => Parse(result, static text => string.IsNullOrWhiteSpace(text) ? throw new FormatException() : text, "a reason"),
    };

    /// <summary>An option of a number within bounds.</summary>
    public static Option<T?> Number<T>(string name, string description, T minimum, T maximum)
        where T : struct, System.Numerics.INumber<T> => new(name)
        {
            Description = description,
            HelpName = "N",
            CustomParser = result => Parse<T?>(
                result,
                text => T.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) is var number && number >= minimum && number <= maximum ? number : throw new FormatException(),
                string.Create(CultureInfo.InvariantCulture, $"a number from {minimum} to {maximum}")),
        };

    /// <summary>Parses the only token of an argument or option; what does not parse is an error of usage.</summary>
    public static T? Parse<T>(ArgumentResult result, Func<string, T> parse, string expected)
    {
        try
        {
            return parse(result.Tokens[^1].Value);
        }
        catch (Exception error) when (error is FormatException or ArgumentException or OverflowException or ColumnCryptException)
        {
            result.AddError($"'{result.Tokens[^1].Value}' is not {expected}.{(error is FormatException or OverflowException ? "" : " " + error.Message)}");
            return default;
        }
    }
}
