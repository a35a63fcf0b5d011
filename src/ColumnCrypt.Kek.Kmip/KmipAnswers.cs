using ColumnCrypt.Kek.Kmip.Protocol;

namespace ColumnCrypt.Kek.Kmip;

/// <summary>Reads what a key server answers. A failed operation is a <see cref="KmipFailureException"/>, anything unexpected a <see cref="TtlvException"/>.</summary>
internal static class KmipAnswers
{
    public const string Algorithm = "Cryptographic Algorithm";
    public const string Length = "Cryptographic Length";
    public const string State = "State";

    private const int MaximumIdSize = 512;
    private const int MaximumNameSize = 256;

    /// <summary>The identifier in an answer to one object.</summary>
    public static string Id(KmipResult result) => result.Payload.Find(Tag.UniqueIdentifier).Text(MaximumIdSize);

    /// <summary>The one key that was found.</summary>
    /// <exception cref="KekException">There is none, or there are several.</exception>
    public static string TheOne(string uri, KmipResult located)
    {
        var payload = located.Payload;
        if (!payload.TryFind(Tag.UniqueIdentifier, out var found))
        {
            throw KmipErrors.NotFound(uri, null);
        }

        string id = found.Text(MaximumIdSize);
        return payload.TryFind(Tag.UniqueIdentifier, out _)
            ? throw new KekException(KekFailure.Denied, $"The key server has several symmetric keys of the name in {uri}. Leave it to one of them.")
            : id;
    }

    /// <exception cref="KekException">It is no AES key.</exception>
    public static KmipKey Key(string uri, KmipResult attributes)
    {
        var payload = attributes.Payload;
        string id = payload.Find(Tag.UniqueIdentifier).Text(MaximumIdSize);
        int? algorithm = null;
        int? bits = null;
        int? state = null;
        while (payload.TryFind(Tag.Attribute, out var attribute))
        {
            var parts = attribute.Structure;
            string name = parts.Next(Tag.AttributeName).Text(MaximumNameSize);
            var value = parts.Find(Tag.AttributeValue);
            switch (name)
            {
                case Algorithm:
                    algorithm = value.Enumeration;
                    break;
                case Length:
                    bits = value.Integer;
                    break;
                case State:
                    state = value.Enumeration;
                    break;
                default:
                    break;
            }
        }

        if (bits is null || state is null)
        {
            throw new TtlvException("The key has no length, or no state.");
        }

        return algorithm == KmipCalls.Aes
            ? new KmipKey(id, bits.Value, (KeyState)state.Value)
            : throw new KekException(KekFailure.Denied, $"The key of {uri} is no AES key: a KEK is one. Make one.");
    }

    /// <summary>The wrap in an answer to Encrypt under this key.</summary>
    /// <param name="encrypted">The answer.</param>
    /// <param name="id">The key that was asked.</param>
    /// <param name="size">The size of what was wrapped, in bytes.</param>
    public static KmipWrap Wrap(KmipResult encrypted, string id, int size)
    {
        var payload = encrypted.Payload;
        string? by = null;
        byte[] data = [], iv = [], tag = [];
        while (!payload.IsAtEnd)
        {
            var part = payload.Next();
            switch (part.Tag)
            {
                case Tag.UniqueIdentifier:
                    by = part.Text(MaximumIdSize);
                    break;
                case Tag.Data:
                    data = part.Bytes.ToArray();
                    break;
                case Tag.IvCounterNonce:
                    iv = part.Bytes.ToArray();
                    break;
                case Tag.AuthenticatedEncryptionTag:
                    tag = part.Bytes.ToArray();
                    break;
                default:
                    break;
            }
        }

        var wrap = new KmipWrap(iv, data, tag);
        return by == id && wrap.IsWellFormed && data.Length == size
            ? wrap
            : throw new TtlvException($"Encrypt gave {data.Length} bytes, an IV of {iv.Length} and a tag of {tag.Length}, where {size}, 12 to 16 and {KmipWrap.TagSize} are due, or used another key.");
    }

    /// <summary>The plaintext in an answer to Decrypt.</summary>
    public static ReadOnlySpan<byte> Plaintext(KmipResult decrypted) => decrypted.Payload.Find(Tag.Data).Bytes;
}
