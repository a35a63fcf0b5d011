using System.Text.Json;

namespace ColumnCrypt.Kek.Vault;

/// <summary>An input of the transit engine, alone or among others.</summary>
/// <param name="Context">What the key is bound to.</param>
/// <param name="Version">The version of the wrap; null where there is no wrap yet.</param>
/// <param name="Write">Writes what is beside the context.</param>
/// <param name="Error">Why it is not sent; null where it is.</param>
internal sealed record VaultItem(WrapContext Context, string? Version, Action<Utf8JsonWriter> Write, KekException? Error = null)
{
    /// <summary>A key to encrypt.</summary>
    public static VaultItem Plaintext(ReadOnlyMemory<byte> key, WrapContext context)
    {
        KekArguments.DemandKey(key);
        ArgumentNullException.ThrowIfNull(context);
        return new VaultItem(context, null, json => json.WriteBase64String("plaintext", key.Span));
    }

    /// <summary>A wrap to decrypt or rewrap.</summary>
    public static VaultItem Ciphertext(WrappedKey wrapped, WrapContext context)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        ArgumentNullException.ThrowIfNull(context);
        return VaultCiphertext.Of(wrapped) is { } ciphertext
            ? new VaultItem(context, wrapped.KekVersion, json => json.WriteString("ciphertext", ciphertext))
            : new VaultItem(context, null, static _ => { }, new KekException(KekFailure.WrongContextOrTampered, $"The wrap of the {context} has {wrapped.Bytes.Length} bytes and a version that are no wrap of a vault: KEK."));
    }

    /// <summary>Writes the whole of it.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteBase64String("context", Context.Encode());
        Write(json);
    }
}
