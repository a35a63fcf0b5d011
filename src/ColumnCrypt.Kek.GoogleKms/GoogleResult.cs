using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using ColumnCrypt.Kek.GoogleKms.Rest;

namespace ColumnCrypt.Kek.GoogleKms;

/// <summary>The result of encrypt or decrypt. The value is zeroed when disposed: it may be a key.</summary>
/// <param name="name">The version that encrypted; null after decrypt.</param>
/// <param name="value">What came out of it.</param>
/// <param name="isWhole">True where the value has the CRC-32C that is said of it.</param>
/// <param name="isSeen">True where the service says that it saw plaintext and associated data as they were sent.</param>
internal sealed class GoogleResult(string? name, ArraySegment<byte> value, bool isWhole, bool isSeen) : IDisposable
{
    public string? Name => name;

    public ReadOnlySpan<byte> Value => value;

    public bool IsWhole => isWhole;

    public bool IsSeen => isSeen;

    /// <param name="json">The answer.</param>
    /// <param name="member">The member that is the value: <c>ciphertext</c> or <c>plaintext</c>.</param>
    /// <returns>Null where the answer is none.</returns>
    public static GoogleResult? Parse(ReadOnlySpan<byte> json, string member)
    {
        // No text in between: a string of the platform's cannot be zeroed.
        byte[] value = GC.AllocateArray<byte>(json.Length, pinned: true);
        int size = 0;
        string? name = null;
        uint? sum = null;
        int seen = 0;
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string property = reader.GetString()!;
                reader.Read();
                switch (property)
                {
                    case "name":
                        name = reader.GetString();
                        break;
                    case "verifiedPlaintextCrc32c" or "verifiedAdditionalAuthenticatedDataCrc32c":
                        seen += reader.GetBoolean() ? 1 : 0;
                        break;
                    case var _ when property == member:
                        size = reader.CopyString(value);
                        size = Base64.DecodeFromUtf8InPlace(value.AsSpan(0, size), out int decoded) == OperationStatus.Done ? decoded : throw new FormatException();
                        break;
                    case var _ when property == member + "Crc32c":
                        sum = reader.TokenType == JsonTokenType.Number ? reader.GetUInt32() : uint.Parse(reader.GetString()!, NumberStyles.None, CultureInfo.InvariantCulture);
                        break;
                    default:
                        reader.Skip();
                        break;
                }
            }
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or ArgumentException or OverflowException)
        {
            size = 0;
        }

        if (size > 0)
        {
            return new GoogleResult(name, new ArraySegment<byte>(value, 0, size), sum == Crc32C.Of(value.AsSpan(0, size)), seen == 2);
        }

        CryptographicOperations.ZeroMemory(value);
        return null;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(value.Array);
}
