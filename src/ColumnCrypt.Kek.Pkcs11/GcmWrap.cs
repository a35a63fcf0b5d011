using ColumnCrypt.Kek.Pkcs11.Native;

namespace ColumnCrypt.Kek.Pkcs11;

/// <summary>AES-GCM on the token, with a nonce of its own generator's (NIST SP 800-38D, section 8.2.2).</summary>
internal sealed class GcmWrap() : TokenWrap(1, MechanismType.AesGcm, "CKM_AES_GCM")
{
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private protected override unsafe ReadOnlySpan<byte> Wrap(Cryptoki module, nuint session, KeyPair keys, ReadOnlySpan<byte> secret, WrapContext context)
    {
        byte[] wrapped = new byte[NonceSize + secret.Length + TagSize];
        module.Random(session, wrapped.AsSpan(0, NonceSize));
        byte[] associated = context.Encode();
        fixed (byte* iv = wrapped)
        fixed (byte* data = associated)
        {
            var parameters = Parameters(iv, data, associated.Length);
            module.Encrypt(session, Mechanism(&parameters), keys.Wrapping, secret, wrapped.AsSpan(NonceSize));
        }

        return wrapped;
    }

    private protected override unsafe int? Unseal(Cryptoki module, nuint session, KeyPair keys, ReadOnlySpan<byte> wrapped, WrapContext context, Span<byte> secret)
    {
        int size = wrapped.Length - NonceSize - TagSize;
        if (size is < KekArguments.MinimumKeySize or > KekArguments.MaximumKeySize)
        {
            return null;
        }

        byte[] associated = context.Encode();
        fixed (byte* iv = wrapped)
        fixed (byte* data = associated)
        {
            var parameters = Parameters(iv, data, associated.Length);
            return module.Decrypt(session, Mechanism(&parameters), keys.Unwrapping, wrapped[NonceSize..], secret) == size ? size : null;
        }
    }

    private static unsafe GcmParameters Parameters(byte* iv, byte* associated, int associatedLength) => new()
    {
        Iv = iv,
        IvLength = NonceSize,
        IvBits = NonceSize * 8,
        AssociatedData = associated,
        AssociatedDataLength = (nuint)associatedLength,
        TagBits = TagSize * 8,
    };

    private unsafe Mechanism Mechanism(GcmParameters* parameters) => new() { Type = Type, Parameter = parameters, ParameterLength = (nuint)sizeof(GcmParameters) };
}
