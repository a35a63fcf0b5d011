using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ColumnCrypt.Configuration;
using ColumnCrypt.Crypto.Kem;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Kek.Tests.MlKem;

// SPEC-WRAP-15
[Trait(MlKemSupport.Trait, MlKemSupport.Value)]
public sealed class MlKemTests : IDisposable
{
    private const string Secret = "the passphrase of a test";
    private static readonly FileKekOptions s_cheap = new() { Iterations = 100_000 };
    private static readonly WrapContext s_context = new(default, "t", default, KeyKind.Data);
    private static readonly JsonElement s_vectors = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "mlkem.json"))).RootElement;
    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string KekFile => _folder.File("kek.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_WhenThePlatformHasNoMlKem_NamesWhatItNeeds()
    {
        if (HybridKey.IsSupported)
        {
            Assert.Skip("This platform has ML-KEM.");
        }

        var error = Assert.Throws<EncryptionModelException>(() => Instance(cc => cc.UseKek("file:kek.json").AllowKek("mlkem:kek.json")).Dispose());
        Assert.Contains("OpenSSL 3.5", error.Message, StringComparison.Ordinal);
        var made = Assert.Throws<KekException>(() => MlKemKek.Create(KekFile, Secret, s_cheap));
        Assert.Equal(KekFailure.Unavailable, made.Failure);
        Assert.Contains("OpenSSL 3.5", made.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(KekFile));
    }

    // docs/vectors/mlkem.json was made by another implementation, in another language and by another OpenSSL.
    [Fact]
    public async Task Unwrap_WhenAnotherImplementationWrapped_ReturnsTheKey()
    {
        MlKemSupport.SkipWhereMissing();
        WriteVector();
        var kek = Open(s_vectors.GetProperty("passphrase").GetString());
        Assert.Equal(4, s_vectors.GetProperty("wraps").GetArrayLength());
        foreach (var wrap in s_vectors.GetProperty("wraps").EnumerateArray())
        {
            var context = new WrapContext(
                KeyId.Parse(wrap.GetProperty("installation").GetString()!),
                wrap.GetProperty("tenant").GetString()!,
                KeyId.Parse(wrap.GetProperty("keyId").GetString()!),
                Enum.Parse<KeyKind>(wrap.GetProperty("kind").GetString()!, ignoreCase: true));
            var wrapped = new WrappedKey(s_vectors.GetProperty("version").GetString()!, Convert.FromHexString(wrap.GetProperty("wrap").GetString()!));
            var key = new byte[64];
            int size = await kek.UnwrapAsync(wrapped, context, key, Token);
            Assert.Equal(wrap.GetProperty("key").GetString(), Convert.ToHexStringLower(key.AsSpan(0, size)));
        }
    }

    [Fact]
    public async Task PublicHalf_Wraps_AndTheFileWithThePrivateHalfUnwraps()
    {
        MlKemSupport.SkipWhereMissing();
        MlKemKek.Create(KekFile, Secret, s_cheap);
        MlKemKek.ExportPublic(KekFile, _folder.File("public.json"));
        var open = new MlKemKekProvider().Open("mlkem:" + _folder.File("public.json"), new KekOptions());
        await open.CheckAsync(Token);
        Assert.Equal(KekCapabilities.PublicWrap | KekCapabilities.Versions | KekCapabilities.WrapOnly, open.Capabilities);
        var key = RandomNumberGenerator.GetBytes(32);
        var wrapped = await open.WrapAsync(key, s_context, Token);
        Assert.Equal(KekFailure.Denied, (await Assert.ThrowsAsync<KekException>(async () => await open.UnwrapAsync(wrapped, s_context, new byte[64], Token))).Failure);
        var destination = new byte[64];
        Assert.Equal(key, destination[..await Open(Secret).UnwrapAsync(wrapped, s_context, destination, Token)]);
        Assert.Equal(1 + 1_088 + 65 + 12 + 32 + 16, wrapped.Bytes.Length);
    }

    [Fact]
    public async Task Unwrap_WhenAnotherPairWrapped_NamesBoth()
    {
        MlKemSupport.SkipWhereMissing();
        MlKemKek.Create(KekFile, Secret, s_cheap);
        var wrapped = await Open(Secret).WrapAsync(new byte[32], s_context, Token);
        File.Delete(KekFile);
        MlKemKek.Create(KekFile, Secret, s_cheap);
        var error = await Assert.ThrowsAsync<KekException>(async () => await Open(Secret).UnwrapAsync(wrapped, s_context, new byte[64], Token));
        Assert.Equal(KekFailure.WrongContextOrTampered, error.Failure);
        Assert.Contains(wrapped.KekVersion, error.Message, StringComparison.Ordinal);
    }

    // Whoever breaks one of the two has nothing yet: with one shared secret right and the other wrong nothing opens.
    [Theory]
    [InlineData(1)]
    [InlineData(1 + 1_088)]
    public async Task Unwrap_WhenOneOfTheTwoIsOfAnotherWrap_IsRefused(int start)
    {
        MlKemSupport.SkipWhereMissing();
        MlKemKek.Create(KekFile, Secret, s_cheap);
        var kek = Open(Secret);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        var other = (await kek.WrapAsync(new byte[32], s_context, Token)).Bytes.ToArray();
        var mixed = wrapped.Bytes.ToArray();
        other.AsSpan(start, start == 1 ? 1_088 : 65).CopyTo(mixed.AsSpan(start));
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.UnwrapAsync(wrapped with { Bytes = mixed }, s_context, new byte[64], Token));
        Assert.Equal(KekFailure.WrongContextOrTampered, error.Failure);
    }

    [Fact]
    public async Task Open_WhenPassphraseOrFileIsAnother_IsTyped()
    {
        MlKemSupport.SkipWhereMissing();
        WriteVector();
        Assert.Equal(KekFailure.Denied, (await FailsAsync("not the passphrase")).Failure);
        string text = File.ReadAllText(KekFile);
        foreach (string member in new[] { "mlkem768", "p256", "salt", "sealed" })
        {
            string was = s_vectors.GetProperty("file").GetProperty(member).GetString()!;
            Write(text.Replace(was, was[..^1] + (was[^1] == '0' ? '1' : '0'), StringComparison.Ordinal));
            Assert.Equal(KekFailure.Denied, (await FailsAsync(s_vectors.GetProperty("passphrase").GetString())).Failure);
        }

        Write(text.Replace("\"format\"", "\"note\": 1, \"format\"", StringComparison.Ordinal));
        Assert.Equal(KekFailure.WrongContextOrTampered, (await FailsAsync(Secret)).Failure);
        File.Delete(KekFile);
        Assert.Equal(KekFailure.Destroyed, (await FailsAsync(Secret)).Failure);
    }

    [Fact]
    public async Task Dispose_WhenDone_ClosesTheKek()
    {
        MlKemSupport.SkipWhereMissing();
        MlKemKek.Create(KekFile, Secret, s_cheap);
        var kek = Open(Secret);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        ((IDisposable)kek).Dispose();
        Assert.Equal(KekFailure.Unavailable, (await Assert.ThrowsAsync<KekException>(async () => await kek.UnwrapAsync(wrapped, s_context, new byte[64], Token))).Failure);
    }

    [Fact]
    public void ExportPublic_WhenThePlatformHasNoMlKem_WorksAsWell()
    {
        WriteVector();
        MlKemKek.ExportPublic(KekFile, _folder.File("public.json"));
        using var json = JsonDocument.Parse(File.ReadAllText(_folder.File("public.json")));
        Assert.Equal(["format", "mlkem768", "p256"], json.RootElement.EnumerateObject().Select(static member => member.Name));
        Assert.Equal(s_vectors.GetProperty("version").GetString(), MlKemKekFile.Read(_folder.File("public.json")).PublicKey.Version);
        Assert.Throws<KekException>(() => MlKemKek.ExportPublic(KekFile, _folder.File("public.json")));
    }

    [Theory]
    [InlineData("mlkem768")]
    [InlineData("p256")]
    [InlineData("salt")]
    [InlineData("sealed")]
    [InlineData("iterations")]
    public void Read_WhenAMemberIsDamaged_SaysWhich(string member)
    {
        WriteVector();
        var file = s_vectors.GetProperty("file").GetProperty(member);
        Write(File.ReadAllText(KekFile).Replace(file.GetRawText(), file.ValueKind == JsonValueKind.Number ? "5" : "\"00\"", StringComparison.Ordinal));
        var error = Assert.Throws<KekException>(() => MlKemKekFile.Read(KekFile));
        Assert.Equal(KekFailure.WrongContextOrTampered, error.Failure);
        Assert.Contains(member, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WhenOthersMayTouchTheKekFileIsDenied()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no Unix file modes.");
            return;
        }

        WriteVector();
        File.SetUnixFileMode(KekFile, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.Equal(KekFailure.Denied, Assert.Throws<KekException>(() => MlKemKekFile.Read(KekFile)).Failure);
    }

    [Theory]
    [InlineData("mlkem:")]
    [InlineData("mlkem:///etc/kek.json")]
    [InlineData("mlkem:a\0b")]
    public void Open_WhenTheUriNamesNoKekFileSaysHowToWriteIt(string uri) =>
        Assert.Contains("mlkem:kek.json", Assert.Throws<EncryptionModelException>(() => new MlKemKekProvider().Open(uri, new KekOptions())).Message, StringComparison.Ordinal);

    [Fact]
    public void Configuration_WhenItUnwraps_DemandsThePin()
    {
        MlKemSupport.SkipWhereMissing();
        Assert.Contains("PinInstallation", Assert.Throws<EncryptionModelException>(() => Instance(static cc => cc.UseKek("mlkem:kek.json")).Dispose()).Message, StringComparison.Ordinal);
        using var escrowed = Instance(static cc => cc.UseKek("file:kek.json").EscrowTo("mlkem:kek.json"));
    }

    private static ColumnCryptInstance Instance(Action<ColumnCryptBuilder> configure) => ColumnCryptInstance.Create(cc =>
    {
        cc.UseKeyStore(static () => new InMemoryKeyStore(TimeProvider.System));
        configure(cc);
    });

    private IKeyEncryptionKey Open(string? passphrase) => new MlKemKekProvider().Open("mlkem:" + KekFile, new KekOptions { Passphrase = passphrase });

    private async Task<KekException> FailsAsync(string? passphrase) => await Assert.ThrowsAsync<KekException>(async () => await Open(passphrase).CheckAsync(Token));

    private void WriteVector() => Write(s_vectors.GetProperty("file").GetRawText());

    private void Write(string text)
    {
        File.WriteAllBytes(KekFile, Encoding.UTF8.GetBytes(text));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(KekFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }
}
