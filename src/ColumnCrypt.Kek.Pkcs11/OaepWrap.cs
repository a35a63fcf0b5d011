using System.Security.Cryptography;
using ColumnCrypt.Kek.Pkcs11.Native;

namespace ColumnCrypt.Kek.Pkcs11;

/// <summary>RSAES-OAEP with SHA-256 and MGF1 with SHA-256, without a label, on the token (RFC 8017, section 7.1).</summary>
internal sealed class OaepWrap() : TokenWrap(3, MechanismType.RsaPkcsOaep, "CKM_RSA_PKCS_OAEP with SHA-256")
{
    private protected override unsafe ReadOnlySpan<byte> Wrap(Cryptoki module, nuint session, KeyPair keys, ReadOnlySpan<byte> secret, WrapContext context)
    {
        Span<byte> inner = stackalloc byte[secret.Length + DigestSize];
        secret.CopyTo(inner);
        context.Digest().CopyTo(inner[secret.Length..]);
        try
        {
            // As long as the modulus; some modules do not say so.
            byte[] wrapped = new byte[keys.Bits / 8];
            var parameters = Parameters;
            module.Encrypt(session, Mechanism(&parameters), keys.Wrapping, inner, wrapped);
            return wrapped;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(inner);
        }
    }

    private protected override unsafe int? Unseal(Cryptoki module, nuint session, KeyPair keys, ReadOnlySpan<byte> wrapped, WrapContext context, Span<byte> secret)
    {
        if (wrapped.Length != keys.Bits / 8)
        {
            return null;
        }

        Span<byte> inner = stackalloc byte[wrapped.Length];
        try
        {
            var parameters = Parameters;
            int size = module.Decrypt(session, Mechanism(&parameters), keys.Unwrapping, wrapped, inner) - DigestSize;
            if (size is < KekArguments.MinimumKeySize or > KekArguments.MaximumKeySize || !IsBoundTo(inner.Slice(size, DigestSize), context))
            {
                return null;
            }

            inner[..size].CopyTo(secret);
            return size;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(inner);
        }
    }

    private static OaepParameters Parameters => new() { Hash = MechanismType.Sha256, Mgf = (nuint)OaepParameters.Mgf1Sha256, Source = (nuint)OaepParameters.DataSpecified };

    private unsafe Mechanism Mechanism(OaepParameters* parameters) => new() { Type = Type, Parameter = parameters, ParameterLength = (nuint)sizeof(OaepParameters) };
}
