using ColumnCrypt.Kek.AzureKeyVault.Rest;

namespace ColumnCrypt.Kek.AzureKeyVault;

/// <summary>AES-GCM with a key of 256 bits (NIST SP 800-38D) in a Managed HSM, which draws the IV of 96 bits itself. The tag has 128 bits.</summary>
internal sealed class GcmWrap() : VaultWrap(2, "encrypt", "decrypt")
{
    private const string Algorithm = "A256GCM";
    private const int IvSize = 12;
    private const int TagSize = 16;

    public override VaultBody WrapRequest(ReadOnlySpan<byte> key, WrapContext context) => new VaultBody(Algorithm).Add("value", key).Add("aad", context.Encode());

    public override int KeySize(ReadOnlySpan<byte> unwrapped, WrapContext context) => unwrapped.Length;

    private protected override byte[]? Read(VaultResult result, VaultKey key, int keySize) => (result.Iv.Length, result.Value.Length, result.AuthenticationTag.Length) == (IvSize, keySize, TagSize)
        ? [.. result.Iv, .. result.Value, .. result.AuthenticationTag]
        : null;

    private protected override VaultBody? Request(ReadOnlySpan<byte> wrapped, WrapContext context) =>
        wrapped.Length - IvSize - TagSize is >= KekArguments.MinimumKeySize and <= KekArguments.MaximumKeySize
            ? new VaultBody(Algorithm).Add("value", wrapped[IvSize..^TagSize]).Add("iv", wrapped[..IvSize]).Add("tag", wrapped[^TagSize..]).Add("aad", context.Encode())
            : null;
}
