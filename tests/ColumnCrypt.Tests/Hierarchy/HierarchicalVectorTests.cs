using System.Text.Json;
using ColumnCrypt.Crypto;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Tests.Crypto.Aead;
using ColumnCrypt.Tests.Vectors;

namespace ColumnCrypt.Tests.Hierarchy;

// SPEC-WRAP-17 SPEC-KDF-2
/// <summary>docs/vectors/hierarchical.json was made by another implementation, in another language, from docs/SPEC.md.</summary>
public sealed class HierarchicalVectorTests
{
    private static readonly JsonElement s_vectors = VectorFile.Own("hierarchical.json");

    [Theory]
    [MemberData(nameof(Providers.Names), MemberType = typeof(Providers))]
    public void Unwrap_WhenAnotherImplementationWrapped_ReturnsTheKey(string provider)
    {
        byte[] key = s_vectors.Hex("intermediateKey");
        byte[] subkey = new byte[Kdf.Size];
        Kdf.DeriveIntermediate(key, subkey);
        Assert.Equal(s_vectors.Hex("subkey"), subkey);
        Assert.Equal(s_vectors.Hex("keyId"), Kdf.Commitment(key)[..KeyId.Size]);

        using var intermediate = new IntermediateKey(new KeyId(s_vectors.Hex("keyId")), key, Providers.Named(provider));
        Assert.Equal(4, s_vectors.GetProperty("wraps").GetArrayLength());
        foreach (var vector in s_vectors.GetProperty("wraps").EnumerateArray())
        {
            var context = new WrapContext(new KeyId(vector.Hex("installation")), vector.Text("tenant"), new KeyId(vector.Hex("keyId")), vector.Text("kind") == "data" ? KeyKind.Data : KeyKind.Index);
            byte[] opened = new byte[SecretMemory.SlotSize];
            int size = intermediate.Unwrap(new WrappedKey(vector.Text("version"), vector.Hex("wrap")), context, opened);
            Assert.Equal(vector.Hex("key"), opened[..size]);
            Assert.Equal(vector.Text("version"), intermediate.Wrap(vector.Hex("key"), context).KekVersion);
        }
    }
}
