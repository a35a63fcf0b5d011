using System.Text.Json;
using System.Text.RegularExpressions;
using ColumnCrypt.Kek.AzureKeyVault.Rest;

namespace ColumnCrypt.Kek.AzureKeyVault;

/// <summary>What an error of a vault means to the contract. Its message is not passed on: it could repeat what was sent.</summary>
internal static partial class VaultErrors
{
    /// <summary>Makes calls and translates how the way to the vault fails.</summary>
    /// <exception cref="KekException">The vault cannot be reached, or there is no token for it.</exception>
    public static async Task<T> CallAsync<T>(string uri, Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (VaultTransportException error)
        {
            throw Odd(uri, error.Message, error);
        }
        catch (VaultTokenException error)
        {
            throw error.IsTransient
                ? new KekException(KekFailure.Unavailable, $"The vault of {uri} cannot be called now. {error.Message}", error)
                : new KekException(KekFailure.Denied, $"There is no token for the vault of {uri}. {error.Message} Check the credential and that the host is a vault's.", error);
        }
    }

    public static KekException Translate(string uri, VaultAnswer answer)
    {
        string code = Code(answer.Body);
        return answer.Status switch
        {
            404 => new(KekFailure.Destroyed, $"There is no key {uri}, or it is deleted{In(code)}. A deleted one can be recovered as long as the vault keeps it."),
            403 when code == "KeyDisabled" => Disabled(uri),
            400 or 401 or 403 or 405 or 409 => new(KekFailure.Denied, $"The vault refuses to use {uri} so{In(code)}: check the identity, its role or access policy, the operations of the key, and the vault's firewall."),
            408 or 429 or >= 500 => new(KekFailure.Unavailable, $"The vault of {uri} asks to come back later, with {answer.Status}{In(code)}."),
            >= 300 and < 400 => Odd(uri, "It redirects, and no redirect is followed.", null),
            _ => new(KekFailure.Denied, $"The vault answers {answer.Status} to a call of {uri}{In(code)}."),
        };
    }

    public static KekException Disabled(string uri) => new(KekFailure.Disabled, $"The key of {uri} is disabled. Enable it.");

    public static KekException Refused(WrapContext context) =>
        new(KekFailure.WrongContextOrTampered, $"The wrap of the {context} was changed, or belongs to another tenant, key or installation.");

    public static KekException Odd(string uri, string what, Exception? error) => new(KekFailure.Unavailable, $"The vault of {uri} cannot be reached, or does not answer as one does. {what}", error);

    private static string In(string code) => code.Length == 0 ? "" : $" ({code})";

    // The innermost code says most.
    private static string Code(ReadOnlyMemory<byte> json)
    {
        string code = "";
        try
        {
            using var document = JsonDocument.Parse(json);
            for (var error = Member(document.RootElement, "error"); error is { } level; error = Member(level, "innererror") ?? Member(level, "innerError"))
            {
                code = level.TryGetProperty("code", out var text) && text.GetString() is { } value && Word().IsMatch(value) ? value : code;
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return "";
        }

        return code;
    }

    private static JsonElement? Member(JsonElement element, string name) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Object ? member : null;

    [GeneratedRegex(@"\A[A-Za-z]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
