using System.Text;

namespace ColumnCrypt.Kek.Tests;

/// <summary>What lies in the file is not what was written there.</summary>
public sealed class FileKekDamageTests : IDisposable
{
    private const string Secret = "the passphrase of a test";
    private readonly TempFolder _folder = new();
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, byte[]> _derived = new();
    private readonly byte[] _written;

    public FileKekDamageTests()
    {
        FileKek.Create(_folder.File("kek.json"), Secret, new FileKekOptions { Iterations = 100_000 });
        _written = File.ReadAllBytes(_folder.File("kek.json"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_WhenAnyByteIsChanged_IsRefused()
    {
        Assert.True(Opens(_written));
        Parallel.For(0, _written.Length, index =>
        {
            // One derivation for each byte of salt and cost: it takes as long as the rest of a test.
            bool derived = false;
            for (int bit = 0; bit < 8; bit++)
            {
                var content = With(index, (byte)(1 << bit));
                bool derives = TryRead(content) is { } document && !_derived.ContainsKey(NameOf(document));
                Assert.False((!derives || !derived) && Opens(content));
                derived |= derives;
            }
        });
    }

    [Fact]
    public void Read_WhenTruncated_IsRefused()
    {
        // The last byte is the line feed behind the object.
        for (int length = 0; length < _written.Length - 1; length++)
        {
            Assert.Throws<FormatException>(() => FileKekJson.Read(_written.AsMemory(0, length)));
        }
    }

    [Theory]
    [InlineData("\"iterations\": 100000", "\"iterations\": 99999", "iterations")]
    [InlineData("\"iterations\": 100000", "\"iterations\": 10000001", "iterations")]
    [InlineData("\"iterations\": 100000", "\"iterations\": 2147483647", "iterations")]
    [InlineData("\"iterations\": 100000", "\"iterations\": 99999999999", "iterations")]
    [InlineData("\"iterations\": 100000", "\"iterations\": -1", "iterations")]
    [InlineData("\"iterations\": 100000", "\"iterations\": 100000.5", "iterations")]
    [InlineData("\"iterations\": 100000", "\"iterations\": \"100000\"", "iterations")]
    [InlineData("\"kdf\": \"pbkdf2-hmac-sha256\",\n  \"iterations\": 100000", "\"kdf\": \"argon2id\", \"memoryKiB\": 2000000000, \"passes\": 1, \"lanes\": 1", "memoryKiB")]
    [InlineData("\"kdf\": \"pbkdf2-hmac-sha256\",\n  \"iterations\": 100000", "\"kdf\": \"argon2id\", \"memoryKiB\": 65536, \"passes\": 1000000, \"lanes\": 1", "passes")]
    [InlineData("\"kdf\": \"pbkdf2-hmac-sha256\",\n  \"iterations\": 100000", "\"kdf\": \"argon2id\", \"memoryKiB\": 65536, \"passes\": 1, \"lanes\": 100", "lanes")]
    [InlineData("pbkdf2-hmac-sha256", "pbkdf2-hmac-sha1", "kdf")]
    [InlineData("columncrypt/1/file-kek", "columncrypt/2/file-kek", "newer ColumnCrypt")]
    [InlineData("\"iterations\": 100000,", "\"iterations\": 100000, \"note\": 1,", "member")]
    [InlineData("\"iterations\": 100000,", "\"iterations\": 100000, \"iterations\": 100000,", "twice")]
    [InlineData("\"iterations\": 100000,", "\"iterations\": 100000, \"salt\": {\"a\": []},", "")]
    [InlineData("\"format\"", "\"Format\"", "format")]
    public async Task Open_WhenTheHeaderIsNotOurs_SaysWhereBeforeItDerivesAnything(string was, string becomes, string says)
    {
        string text = Encoding.UTF8.GetString(_written);
        Assert.Contains(was, text, StringComparison.Ordinal);
        await AssertDamagedAsync(Encoding.UTF8.GetBytes(text.Replace(was, becomes, StringComparison.Ordinal)), says);
    }

    [Fact]
    public async Task Open_WhenHexIsInUpperCase_IsRefused() =>
        await AssertDamagedAsync(Encoding.UTF8.GetBytes(System.Text.RegularExpressions.Regex.Replace(Encoding.UTF8.GetString(_written), "\"salt\": \"(.*)\"", "\"salt\": \"" + new string('A', 64) + "\"")), "lower-case hex");

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("not json")]
    [InlineData("{}")]
    public async Task Open_WhenTheFileIsNoKekFile_SaysSo(string text) => await AssertDamagedAsync(Encoding.UTF8.GetBytes(text), "");

    [Fact]
    public async Task Open_WhenTheFileIsHuge_DoesNotReadIt()
    {
        Write(new byte[20_000]);
        var error = await Assert.ThrowsAsync<KekException>(async () => await CheckAsync());
        Assert.Contains("too large", error.Message, StringComparison.Ordinal);
    }

    private async Task AssertDamagedAsync(byte[] content, string says)
    {
        Write(content);
        var error = await Assert.ThrowsAsync<KekException>(async () => await CheckAsync());
        Assert.Equal(KekFailure.WrongContextOrTampered, error.Failure);
        Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    private void Write(byte[] content) => File.WriteAllBytes(_folder.File("kek.json"), content);

    private ValueTask CheckAsync() =>
        new FileKekProvider().Open("file:" + _folder.File("kek.json"), new KekOptions { Passphrase = Secret }).CheckAsync(TestContext.Current.CancellationToken);

    /// <summary>Whether the right passphrase opens it. A passphrase key is derived once for each salt and cost.</summary>
    private bool Opens(byte[] content)
    {
        if (TryRead(content) is not { } document)
        {
            return false;
        }

        var passphraseKey = _derived.GetOrAdd(NameOf(document), _ =>
        {
            var key = new byte[32];
            var seal = (PassphraseSeal)document.Seal;
            seal.Kdf.Derive(Encoding.UTF8.GetBytes(Secret), seal.Salt, key);
            return key;
        });
        return document.TryOpen(passphraseKey, new byte[32]);
    }

    private static string NameOf(FileKekDocument document) => document.Seal is PassphraseSeal seal ? $"{seal.Kdf} {Convert.ToHexString(seal.Salt)}" : "";

    private byte[] With(int index, byte flip)
    {
        var damaged = (byte[])_written.Clone();
        damaged[index] ^= flip;
        return damaged;
    }

    private static FileKekDocument? TryRead(byte[] content)
    {
        try
        {
            return FileKekJson.Read(content);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
