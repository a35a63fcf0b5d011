using System.Text;
using System.Text.Json;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.Tests;

/// <summary>docs/vectors/file-kek.json was made by another implementation, in another language, from docs/kek/file.md.</summary>
public class FileKekVectorTests
{
    private static readonly JsonElement s_vectors =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "file-kek.json"))).RootElement;

    public static TheoryData<string> Files() => [.. s_vectors.GetProperty("files").EnumerateArray().Select(static file => file.GetProperty("name").GetString()!)];

    [Fact]
    public void Vectors_WhenCounted_AreComplete()
    {
        Assert.Equal(4, s_vectors.GetProperty("files").GetArrayLength());
        Assert.Equal(16, s_vectors.GetProperty("files").EnumerateArray().Sum(static file => file.GetProperty("wraps").GetArrayLength()));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Unwrap_WhenAnotherImplementationWrapped_ReturnsTheKey(string name)
    {
        var vector = s_vectors.GetProperty("files").EnumerateArray().Single(file => file.GetProperty("name").GetString() == name);
        Argon2.SkipWhereMissing(vector.GetProperty("file").GetProperty("kdf").GetString() == "argon2id" ? FileKekKdf.Argon2id : FileKekKdf.Pbkdf2HmacSha256);
        var document = FileKekJson.Read(Encoding.UTF8.GetBytes(vector.GetProperty("file").GetRawText()));
        var seal = Assert.IsType<PassphraseSeal>(document.Seal);
        var passphraseKey = new byte[32];
        seal.Kdf.Derive(Encoding.UTF8.GetBytes(vector.GetProperty("passphrase").GetString()!), seal.Salt, passphraseKey);
        var opened = new byte[32];
        Assert.True(document.TryOpen(passphraseKey, opened));
        foreach (var cipher in (AeadProvider[])[PortableAead.Instance, AeadChoice.Best.Provider])
        {
            using var kek = new LocalKek(document.Id, opened, cipher);
            OpensEveryWrap(kek, vector);
        }
    }

    private static void OpensEveryWrap(LocalKek kek, JsonElement vector)
    {
        foreach (var wrap in vector.GetProperty("wraps").EnumerateArray())
        {
            var context = new WrapContext(
                KeyId.Parse(wrap.GetProperty("installation").GetString()!),
                wrap.GetProperty("tenant").GetString()!,
                KeyId.Parse(wrap.GetProperty("keyId").GetString()!),
                Enum.Parse<KeyKind>(wrap.GetProperty("kind").GetString()!, ignoreCase: true));
            Assert.Equal(wrap.GetProperty("context").GetString(), Convert.ToHexStringLower(context.Encode()));

            var key = new byte[64];
            int size = kek.Unwrap(new WrappedKey("", Convert.FromHexString(wrap.GetProperty("wrap").GetString()!)), context, key);
            Assert.Equal(wrap.GetProperty("key").GetString(), Convert.ToHexStringLower(key.AsSpan(0, size)));
        }
    }
}
