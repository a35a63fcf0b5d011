using System.Security.Cryptography;
using ColumnCrypt.Kek.Pkcs11.Native;

namespace ColumnCrypt.Kek.Pkcs11;

/// <summary>AES key wrap on the token (RFC 3394): what is wrapped is an object of the session for a moment.</summary>
internal sealed class AesKeyWrap() : TokenWrap(2, MechanismType.AesKeyWrap, "CKM_AES_KEY_WRAP")
{
    private const int Block = 8;

    // The size of the key, and random bytes: the mechanism has no nonce, and would show which wraps are of the same key.
    private const int HeaderSize = 16;

    private protected override unsafe ReadOnlySpan<byte> Wrap(Cryptoki module, nuint session, KeyPair keys, ReadOnlySpan<byte> secret, WrapContext context)
    {
        Span<byte> inner = stackalloc byte[Padded(HeaderSize + secret.Length + DigestSize)];
        inner.Clear();
        inner[0] = (byte)secret.Length;
        module.Random(session, inner[1..HeaderSize]);
        secret.CopyTo(inner[HeaderSize..]);
        context.Digest().CopyTo(inner[(HeaderSize + secret.Length)..]);
        nuint secretObject = 0;
        try
        {
            fixed (byte* value = inner)
            {
                secretObject = Object(value, inner.Length, attributes => module.Create(session, attributes));
            }

            byte[] wrapped = new byte[inner.Length + Block];
            int size = module.Wrap(session, new Mechanism { Type = Type }, keys.Wrapping, secretObject, wrapped);
            return wrapped.AsSpan(0, size);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(inner);
            if (secretObject != 0)
            {
                module.Destroy(session, secretObject);
            }
        }
    }

    private protected override unsafe int? Unseal(Cryptoki module, nuint session, KeyPair keys, ReadOnlySpan<byte> wrapped, WrapContext context, Span<byte> secret)
    {
        int most = Padded(HeaderSize + KekArguments.MaximumKeySize + DigestSize) + Block;
        if (wrapped.Length % Block != 0 || wrapped.Length < Padded(HeaderSize + KekArguments.MinimumKeySize + DigestSize) + Block || wrapped.Length > most)
        {
            return null;
        }

        byte[] input = wrapped.ToArray();
        nuint secretObject = Object(null, 0, attributes => module.Unwrap(session, new Mechanism { Type = Type }, keys.Unwrapping, input, attributes));
        Span<byte> inner = stackalloc byte[MaximumOpenedSize];
        try
        {
            int? size = module.Read(session, secretObject, AttributeType.Value, inner);
            int keySize = inner[0];
            if (size != wrapped.Length - Block || keySize is < KekArguments.MinimumKeySize or > KekArguments.MaximumKeySize || Padded(HeaderSize + keySize + DigestSize) != size
                || inner[(HeaderSize + keySize + DigestSize)..size.Value].ContainsAnyExcept((byte)0) || !IsBoundTo(inner.Slice(HeaderSize + keySize, DigestSize), context))
            {
                return null;
            }

            inner.Slice(HeaderSize, keySize).CopyTo(secret);
            return keySize;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(inner);
            module.Destroy(session, secretObject);
        }
    }

    private static int Padded(int size) => (size + Block - 1) / Block * Block;

    // A generic secret of the session alone, readable: it is this process's for as long as it lives.
    private static unsafe nuint Object(byte* value, int size, Func<KeyAttribute[], nuint> make)
    {
        nuint kind = (nuint)ObjectClass.SecretKey;
        nuint type = (nuint)KeyType.GenericSecret;
        byte yes = 1;
        byte no = 0;
        KeyAttribute[] attributes =
        [
            new() { Type = AttributeType.Class, Value = &kind, Length = (nuint)sizeof(nuint) },
            new() { Type = AttributeType.KeyType, Value = &type, Length = (nuint)sizeof(nuint) },
            new() { Type = AttributeType.Token, Value = &no, Length = 1 },
            new() { Type = AttributeType.Private, Value = &yes, Length = 1 },
            new() { Type = AttributeType.Sensitive, Value = &no, Length = 1 },
            new() { Type = AttributeType.Extractable, Value = &yes, Length = 1 },
        ];
        return make(size == 0 ? attributes : [.. attributes, new() { Type = AttributeType.Value, Value = value, Length = (nuint)size }]);
    }
}
