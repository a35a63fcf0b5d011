using System.Runtime.InteropServices;
using ColumnCrypt.Kek.Pkcs11.Native;

namespace ColumnCrypt.Kek.Pkcs11;

/// <summary>Finds the key that a URI names, and sees that it is fit to be a KEK.</summary>
internal static class KeyFinder
{
    private const int StrongRsaBits = 3_072;
    private const int WeakRsaBits = 2_048;
    private const int MinimumAesBits = 128;

    /// <exception cref="KekException">There is none, there are several, or it is unfit.</exception>
    public static KeyPair Find(Cryptoki module, nuint session, string uri, Pkcs11Uri wanted, bool allowWeak, long epoch)
    {
        if (!wanted.IsKeyPair)
        {
            nuint secret = One(module, session, uri, wanted, ObjectClass.SecretKey);
            DemandKept(module, session, uri, secret, allowWeak);
            if (Number(module, session, secret, AttributeType.KeyType) != (ulong)KeyType.Aes)
            {
                throw new KekException(KekFailure.Denied, $"{uri} is no AES key.");
            }

            int aesBits = checked((int)(Number(module, session, secret, AttributeType.ValueLength) ?? 0) * 8);
            return aesBits >= MinimumAesBits ? new KeyPair(epoch, secret, secret, aesBits) : throw new KekException(KekFailure.Denied, $"{uri} does not tell its size, or has less than {MinimumAesBits} bits.");
        }

        nuint privateKey = One(module, session, uri, wanted, ObjectClass.PrivateKey);
        DemandKept(module, session, uri, privateKey, allowWeak);
        nuint publicKey = One(module, session, uri, wanted, ObjectClass.PublicKey);
        Span<byte> modulus = stackalloc byte[2_048];
        int bits = (module.Read(session, publicKey, AttributeType.Modulus, modulus) ?? 0) * 8;
        return bits >= (allowWeak ? WeakRsaBits : StrongRsaBits)
            ? new KeyPair(epoch, publicKey, privateKey, bits)
            : throw new KekException(KekFailure.Denied, $"The RSA key of {uri} has {bits} bits; a KEK has {StrongRsaBits} or more, or {WeakRsaBits} and more with AllowWeakKek. Make a longer one.");
    }

    private static unsafe nuint One(Cryptoki module, nuint session, string uri, Pkcs11Uri wanted, ObjectClass kind)
    {
        nuint kindValue = (nuint)kind;
        byte[] label = wanted.Label ?? [];
        byte[] id = wanted.KeyId ?? [];
        fixed (byte* labelBytes = label)
        fixed (byte* idBytes = id)
        {
            var attributes = new List<KeyAttribute> { new() { Type = AttributeType.Class, Value = &kindValue, Length = (nuint)sizeof(nuint) } };
            if (wanted.Label is not null)
            {
                attributes.Add(new() { Type = AttributeType.Label, Value = labelBytes, Length = (nuint)label.Length });
            }

            if (wanted.KeyId is not null)
            {
                attributes.Add(new() { Type = AttributeType.Id, Value = idBytes, Length = (nuint)id.Length });
            }

            return module.Find(session, CollectionsMarshal.AsSpan(attributes), 2) switch
            {
                [var found] => found,
                [] => throw new KekException(KekFailure.Destroyed, $"The token has no {kind} that {uri} names."),
                _ => throw new KekException(KekFailure.Denied, $"The token has several {kind}s that {uri} names. Say which, with id=."),
            };
        }
    }

    private static void DemandKept(Cryptoki module, nuint session, string uri, nuint key, bool allowWeak)
    {
        Span<byte> value = stackalloc byte[1];
        bool isSensitive = module.Read(session, key, AttributeType.Sensitive, value) == 1 && value[0] == 1;
        bool isExtractable = module.Read(session, key, AttributeType.Extractable, value) != 1 || value[0] != 0;
        if ((!isSensitive || isExtractable) && !allowWeak)
        {
            throw new KekException(KekFailure.Denied, $"The token lets {uri} be read out: a KEK is CKA_SENSITIVE and not CKA_EXTRACTABLE. Make another, or accept it with AllowWeakKek.");
        }
    }

    private static unsafe ulong? Number(Cryptoki module, nuint session, nuint key, AttributeType type)
    {
        nuint value = 0;
        return module.Read(session, key, type, new Span<byte>(&value, sizeof(nuint))) == sizeof(nuint) ? value : null;
    }
}
