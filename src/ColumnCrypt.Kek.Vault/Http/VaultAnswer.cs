using System.Net;
using System.Text.Json;

namespace ColumnCrypt.Kek.Vault.Http;

/// <summary>An answer of Vault. May hold keys and tokens: zeroed when disposed. Not thread-safe.</summary>
internal sealed class VaultAnswer : IDisposable
{
    private readonly SecretBuffer _content;
    private readonly JsonDocument? _json;

    /// <param name="status">The HTTP status.</param>
    /// <param name="content">The body; disposed with the answer.</param>
    public VaultAnswer(HttpStatusCode status, SecretBuffer content)
    {
        Status = (int)status;
        _content = content;
        try
        {
            _json = content.Written.IsEmpty ? null : JsonDocument.Parse(content.Written);
        }
        catch (JsonException)
        {
            // Not from Vault, then, but from what stands before it; that there is no JSON is what counts.
            _json = null;
        }
    }

    public int Status { get; }

    public bool IsOk => Status is >= 200 and < 300;

    /// <summary>True where an error comes from Vault, and not from a proxy or another server.</summary>
    public bool IsVaults => Member(Root, "errors").ValueKind == JsonValueKind.Array;

    /// <summary>The whole of it; undefined where it is no JSON.</summary>
    public JsonElement Root => _json?.RootElement ?? default;

    /// <summary>What a call returns; undefined where there is nothing.</summary>
    public JsonElement Data => Member(Root, "data");

    /// <summary>What a login returns; undefined where there is nothing.</summary>
    public JsonElement Auth => Member(Root, "auth");

    /// <summary>A member of an object; undefined where there is none, or no object.</summary>
    public static JsonElement Member(JsonElement element, string name) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : default;

    /// <summary>A text that is a member of an object; null where there is none.</summary>
    public static string? Text(JsonElement element, string name) => Member(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>A whole number that is a member of an object; null where there is none.</summary>
    public static long? Number(JsonElement element, string name) => Member(element, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out long value) ? value : null;

    /// <summary>True where a member of an object says so.</summary>
    public static bool IsTrue(JsonElement element, string name) => Member(element, name).ValueKind == JsonValueKind.True;

    /// <summary>True where one of the errors has these words.</summary>
    public bool Says(string words) => IsVaults && Member(Root, "errors").EnumerateArray().Any(error => error.ValueKind == JsonValueKind.String && error.GetString()!.Contains(words, StringComparison.Ordinal));

    public void Dispose()
    {
        _json?.Dispose();
        _content.Dispose();
    }
}
