using System.Text.Json;
using System.Text.RegularExpressions;
using ColumnCrypt.Kek.GoogleKms.Rest;

namespace ColumnCrypt.Kek.GoogleKms;

/// <summary>What an error of Cloud KMS means to the contract (google.rpc.Status). Its message is not passed on: it could repeat what was sent.</summary>
internal static partial class GoogleErrors
{
    /// <summary>The status of a key, or a version, that is not in the state to be used.</summary>
    public const string FailedPrecondition = "FAILED_PRECONDITION";

    /// <summary>Makes calls and translates how the way to the service fails.</summary>
    /// <exception cref="KekException">The service cannot be reached, or there is no token for it.</exception>
    public static async Task<T> CallAsync<T>(string uri, Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (GoogleTransportException error)
        {
            throw Odd(uri, error.Message, error);
        }
        catch (GoogleTokenException error)
        {
            throw error.IsTransient
                ? new KekException(KekFailure.Unavailable, $"Cloud KMS cannot be called for {uri} now. {error.Message}", error)
                : new KekException(KekFailure.Denied, $"There is no token to call Cloud KMS for {uri}. {error.Message} Check the credential.", error);
        }
    }

    /// <summary>The error of an answer.</summary>
    /// <param name="uri">The URI.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="context">The context of a wrap that was to be opened; null where one was to be made.</param>
    public static KekException Translate(string uri, GoogleAnswer answer, WrapContext? context)
    {
        var (status, message) = Read(answer.Body);
        return answer.Status switch
        {
            400 when message.Contains("crc32c", StringComparison.OrdinalIgnoreCase) => Odd(uri, "It did not get what was sent.", null),
            400 when context is not null && status == "INVALID_ARGUMENT" => Refused(context),
            404 => new(KekFailure.Destroyed, $"There is no key {uri}{In(status)}."),
            400 or 401 or 403 or 409 => new(KekFailure.Denied, $"Cloud KMS refuses to use {uri} so{In(status)}: check the identity, its roles on the key, the purpose of the key, and that the API is enabled in its project."),
            408 or 429 or >= 500 => new(KekFailure.Unavailable, $"Cloud KMS asks to come back later for {uri}, with {answer.Status}{In(status)}."),
            >= 300 and < 400 => Odd(uri, "It redirects, and no redirect is followed.", null),
            _ => new(KekFailure.Denied, $"Cloud KMS answers {answer.Status} to a call of {uri}{In(status)}."),
        };
    }

    public static KekException Refused(WrapContext context) =>
        new(KekFailure.WrongContextOrTampered, $"The wrap of the {context} was changed, or belongs to another tenant, key or installation.");

    public static KekException Odd(string uri, string what, Exception? error) => new(KekFailure.Unavailable, $"Cloud KMS cannot be reached for {uri}, or does not answer as it does. {what}", error);

    /// <summary>The status of an answer, as <c>NOT_FOUND</c>; "" where there is none.</summary>
    public static string Status(GoogleAnswer answer) => Read(answer.Body).Status;

    /// <summary>True where an error says that what it failed on is destroyed.</summary>
    public static bool NamesDestroyed(GoogleAnswer answer) => Read(answer.Body).Message.Contains("DESTROYED", StringComparison.Ordinal);

    private static string In(string status) => status.Length == 0 ? "" : $" ({status})";

    private static (string Status, string Message) Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var error = document.RootElement.GetProperty("error");
            string? status = error.TryGetProperty("status", out var text) ? text.GetString() : null;
            return (status is not null && Word().IsMatch(status) ? status : "", error.TryGetProperty("message", out var message) ? message.GetString() ?? "" : "");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return ("", "");
        }
    }

    [GeneratedRegex(@"\A[A-Z_]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
