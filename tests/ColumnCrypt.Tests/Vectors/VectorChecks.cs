using System.Globalization;
using System.Text;
using System.Text.Json;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;
using ColumnCrypt.Search;
using ColumnCrypt.Tests.Search;
using Derivation = ColumnCrypt.Crypto.Kdf;

namespace ColumnCrypt.Tests.Vectors;

/// <summary>What is demanded of a file of known answers, whoever made it. Each returns how many answers it met.</summary>
internal static class VectorChecks
{
    public static int Kdf(JsonElement cases)
    {
        foreach (var item in cases.EnumerateArray())
        {
            var fields = new FieldEncoding();
            foreach (var field in item.GetProperty("fields").EnumerateArray())
            {
                fields.Add(Convert.FromHexString(field.GetString()!));
            }

            byte[] output = new byte[Derivation.Size];
            Derivation.Derive(item.Hex("key"), item.Text("label"), fields.ToArray(), output);
            Assert.Equal(item.Hex("context"), fields.ToArray());
            Assert.Equal(item.Hex("out"), output);
        }

        return cases.GetArrayLength();
    }

    public static int Keys(JsonElement cases, string keyName)
    {
        foreach (var item in cases.EnumerateArray())
        {
            byte[] commitment = Derivation.Commitment(item.Hex(keyName));
            Assert.Equal(item.Hex("commitment"), commitment);
            Assert.Equal(item.Text("keyId"), new KeyId(commitment.AsSpan(0, KeyId.Size)).ToString());
        }

        return cases.GetArrayLength();
    }

    /// <summary>Decrypts every value, and encrypts its plaintext to the same bytes under the same nonce.</summary>
    public static int Values(JsonElement cases, AeadProvider provider)
    {
        foreach (var item in cases.EnumerateArray())
        {
            byte[] value = item.Hex("value");
            string purpose = item.Text("purpose");
            var pool = PoolFor(item.Hex("dek"), purpose, provider);
            Assert.Equal(Derivation.Commitment(item.Hex("dek"))[..KeyId.Size], ValueFrame.ReadKeyId(value, purpose).ToArray());
            Assert.Equal(item.Hex("plaintext"), Decrypt(pool, value));

            byte[] again = item.Hex("plaintext");
            byte[] tag = new byte[ValueFrame.TagSize];
            pool.Encrypt(value.AsSpan(ValueFrame.NonceOffset, ValueFrame.NonceSize), again, again, tag);
            Assert.Equal(value[ValueFrame.HeaderSize..], again.Concat(tag).ToArray());
            if (item.TryGetProperty("text", out var text))
            {
                Assert.Equal(text.GetString(), TextForm.Encode(value));
                Assert.Equal(value, TextForm.Decode(text.GetString()!));
            }
        }

        return cases.GetArrayLength();
    }

    /// <summary>True where a value is refused: by its frame, its key id or its tag.</summary>
    public static bool IsRefused(byte[] dek, string purpose, byte[] value, AeadProvider provider)
    {
        try
        {
            return ValueFrame.ReadKeyId(value, purpose) != new KeyId(Derivation.Commitment(dek).AsSpan(0, KeyId.Size))
                || Decrypt(PoolFor(dek, purpose, provider), value) is null;
        }
        catch (CiphertextInvalidException)
        {
            return true;
        }
    }

    public static int WrapContexts(JsonElement cases)
    {
        foreach (var item in cases.EnumerateArray())
        {
            var context = new WrapContext(
                KeyId.Parse(item.Text("installationId")), item.Text("tenant"), KeyId.Parse(item.Text("keyId")), KeyKindNames.Parse(item.Text("kind")));
            Assert.Equal(item.Hex("context"), context.Encode());
            Assert.Equal(item.Hex("sha256"), context.Digest());
        }

        return cases.GetArrayLength();
    }

    /// <summary>The derivation of index keys, and HMAC-SHA-256 tokens under them.</summary>
    public static int Index(JsonElement cases)
    {
        foreach (var item in cases.EnumerateArray())
        {
            byte[] context = new FieldEncoding().Add(item.Text("purpose")).Add(item.Text("kind")).Add(item.Text("normaliser")).Add(item.Text("indexVersion")).ToArray();
            byte[] key = new byte[Derivation.Size];
            Derivation.Derive(item.Hex("indexDek"), "columncrypt/1/index", context, key);
            Assert.Equal(item.Hex("key"), key);
            var index = new IndexDefinition(item.Text("purpose"), item.Text("kind"), item.Text("normaliser"), int.Parse(item.Text("indexVersion"), CultureInfo.InvariantCulture));
            byte[] message = Encoding.UTF8.GetBytes(item.Text("normalised"));
            Assert.Equal(item.Hex("token"), IndexValues.Of(item.Hex("indexDek"), index, message));
            Assert.Equal(item.Hex("leftmost24bits"), IndexValues.Of(item.Hex("indexDek"), index, message, bits: 24));
        }

        return cases.GetArrayLength();
    }

    private static AeadPool PoolFor(byte[] dek, string purpose, AeadProvider provider) =>
        new(purpose, (name, subkey) => Derivation.DeriveAead(dek, ValueFrame.Suite1, name, subkey), new AeadContexts(provider, 10));

    private static byte[]? Decrypt(AeadPool pool, byte[] value)
    {
        byte[] plaintext = new byte[value.Length - ValueFrame.Overhead];
        return pool.TryDecrypt(
            value.AsSpan(ValueFrame.NonceOffset, ValueFrame.NonceSize),
            value.AsSpan(ValueFrame.HeaderSize, plaintext.Length),
            value.AsSpan(ValueFrame.HeaderSize + plaintext.Length),
            plaintext) ? plaintext : null;
    }
}
