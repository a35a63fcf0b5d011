using System.Security.Cryptography;
using ColumnCrypt.Kek.AzureKeyVault.Rest;

namespace ColumnCrypt.Kek.AzureKeyVault;

/// <summary>RSAES-OAEP with SHA-256 and MGF1 with SHA-256, without a label (RFC 8017, section 7.1), which Azure names RSA-OAEP-256.</summary>
internal sealed class OaepWrap() : VaultWrap(1, "wrapkey", "unwrapkey")
{
    private const string Algorithm = "RSA-OAEP-256";
    private const int DigestSize = 32;

    public override VaultBody WrapRequest(ReadOnlySpan<byte> key, WrapContext context)
    {
        Span<byte> inner = stackalloc byte[key.Length + DigestSize];
        key.CopyTo(inner);
        context.Digest().CopyTo(inner[key.Length..]);
        try
        {
            return new VaultBody(Algorithm).Add("value", inner);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(inner);
        }
    }

    public override int KeySize(ReadOnlySpan<byte> unwrapped, WrapContext context)
    {
        int size = unwrapped.Length - DigestSize;
        return size >= KekArguments.MinimumKeySize && CryptographicOperations.FixedTimeEquals(unwrapped[size..], context.Digest()) ? size : -1;
    }

    private protected override byte[]? Read(VaultResult result, VaultKey key, int keySize) => result.Value.Length == (key.ModulusBits + 7) / 8 ? result.Value.ToArray() : null;

    // As long as the modulus of a key of 2,048, 3,072 or 4,096 bits, of which Azure has no others.
    private protected override VaultBody? Request(ReadOnlySpan<byte> wrapped, WrapContext context) => wrapped.Length is 256 or 384 or 512 ? new VaultBody(Algorithm).Add("value", wrapped) : null;
}
