using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace ColumnCrypt.Kek.AzureKeyVault;

/// <summary>The result of wrapKey, unwrapKey, encrypt or decrypt. The value is zeroed when disposed: it may be a key.</summary>
/// <param name="identifier">The identifier of the key with its version.</param>
/// <param name="value">What came out of it.</param>
/// <param name="iv">The IV that the service drew; empty where there is none.</param>
/// <param name="tag">The authentication tag; empty where there is none.</param>
internal sealed class VaultResult(string identifier, ArraySegment<byte> value, byte[] iv, byte[] tag) : IDisposable
{
    public string Identifier => identifier;

    public ReadOnlySpan<byte> Value => value;

    public ReadOnlySpan<byte> Iv => iv;

    public ReadOnlySpan<byte> AuthenticationTag => tag;

    /// <returns>Null where the answer is none.</returns>
    public static VaultResult? Parse(ReadOnlySpan<byte> json)
    {
        // No text in between: a string of the platform's cannot be zeroed.
        string? identifier = null;
        byte[] value = GC.AllocateArray<byte>(json.Length, pinned: true);
        int size = 0;
        byte[] iv = [];
        byte[] tag = [];
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                reader.Read();
                switch (name)
                {
                    case "kid":
                        identifier = reader.GetString();
                        break;
                    case "value":
                        size = Base64Url.DecodeFromUtf8(reader.ValueSpan, value);
                        break;
                    case "iv":
                        iv = Base64Url.DecodeFromUtf8(reader.ValueSpan);
                        break;
                    case "tag":
                        tag = Base64Url.DecodeFromUtf8(reader.ValueSpan);
                        break;
                    default:
                        reader.Skip();
                        break;
                }
            }
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            identifier = null;
        }

        if (identifier is not null && size > 0)
        {
            return new VaultResult(identifier, new ArraySegment<byte>(value, 0, size), iv, tag);
        }

        CryptographicOperations.ZeroMemory(value);
        return null;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(value.Array);
}
