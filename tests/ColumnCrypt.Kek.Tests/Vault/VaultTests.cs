using System.Text;
using System.Text.Json;
using ColumnCrypt.Format;
using ColumnCrypt.Kek.Vault;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.Tests.Vault;

// SPEC-WRAP-10
public sealed class VaultTests : IDisposable
{
    private static readonly WrapContext s_context = new(new KeyId(new byte[16]), "acme", new KeyId(Enumerable.Repeat((byte)7, 16).ToArray()), KeyKind.Data);

    private readonly VaultServer _server = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task Wrap_IsWhatStandsBehindTheVersion_AndTheContextIsTheEncodedOne()
    {
        string name = await _server.CreateKeyAsync();
        byte[] key = [.. Enumerable.Range(0, 32).Select(static i => (byte)i)];
        var wrapped = await _server.Open(name).WrapAsync(key, s_context, Token);
        Assert.Equal(("v1", 12 + 32 + 16), (wrapped.KekVersion, wrapped.Bytes.Length));
        var opened = await _server.AdministerAsync(HttpMethod.Post, $"transit/decrypt/{name}", new
        {
            ciphertext = $"vault:v1:{Convert.ToBase64String(wrapped.Bytes.Span)}",
            context = Convert.ToBase64String(s_context.Encode()),
        });
        Assert.Equal(Convert.ToBase64String(key), opened!["plaintext"]!.GetValue<string>());
    }

    [Fact]
    public async Task Rewrap_HappensOnTheServerUnderTheNewestVersion()
    {
        string name = await _server.CreateKeyAsync();
        var kek = _server.Open(name);
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        await _server.AdministerAsync(HttpMethod.Post, $"transit/keys/{name}/rotate");
        var rewrapped = await kek.RewrapAsync(wrapped, s_context, Token);
        Assert.Equal("v2", rewrapped.KekVersion);
        Assert.Equal((1, 0), (_server.Count("rewrap/" + name), _server.Count("decrypt/" + name)));
        Assert.Equal(32, await kek.UnwrapAsync(rewrapped, s_context, new byte[64], Token));
        Assert.Equal(32, await kek.UnwrapAsync(wrapped, s_context, new byte[64], Token));
    }

    [Fact]
    public async Task Version_BelowTheSmallestThatDecrypts_IsDisabledUntilThatIsLowered()
    {
        string name = await _server.CreateKeyAsync();
        var kek = _server.Open(name);
        var old = await kek.WrapAsync(new byte[32], s_context, Token);
        await _server.AdministerAsync(HttpMethod.Post, $"transit/keys/{name}/rotate");
        await _server.AdministerAsync(HttpMethod.Post, $"transit/keys/{name}/config", new { min_decryption_version = 2 });
        foreach (var call in new Func<Task>[] { async () => await kek.UnwrapAsync(old, s_context, new byte[64], Token), async () => await kek.RewrapAsync(old, s_context, Token) })
        {
            var error = await Assert.ThrowsAsync<KekException>(call);
            Assert.Equal(KekFailure.Disabled, error.Failure);
            Assert.Contains("min_decryption_version", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal("v2", (await kek.WrapAsync(new byte[32], s_context, Token)).KekVersion);
        await _server.AdministerAsync(HttpMethod.Post, $"transit/keys/{name}/config", new { min_decryption_version = 1 });
        Assert.Equal(32, await kek.UnwrapAsync(old, s_context, new byte[64], Token));
    }

    [Fact]
    public async Task Version_ThatWasTrimmed_IsDestroyed()
    {
        string name = await _server.CreateKeyAsync();
        var kek = _server.Open(name);
        var old = await kek.WrapAsync(new byte[32], s_context, Token);
        await _server.AdministerAsync(HttpMethod.Post, $"transit/keys/{name}/rotate");
        await _server.AdministerAsync(HttpMethod.Post, $"transit/keys/{name}/config", new { min_decryption_version = 2, min_encryption_version = 2 });
        await _server.AdministerAsync(HttpMethod.Post, $"transit/keys/{name}/trim", new { min_available_version = 2 });
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.UnwrapAsync(old, s_context, new byte[64], Token));
        Assert.Equal(KekFailure.Destroyed, error.Failure);
        Assert.Contains(new("trimmed", "below v2"), await kek.DescribeAsync(Token));
    }

    // The version stands in a table that others may write to.
    [Theory]
    [InlineData("")]
    [InlineData("v0")]
    [InlineData("v2")]
    [InlineData("1")]
    [InlineData("v01")]
    [InlineData("v1:AAAA")]
    [InlineData("v1\n")]
    [InlineData("v9999999999")]
    public async Task Version_ThatSomebodyWroteIntoTheTables_OpensNothing(string version)
    {
        var kek = await _server.CreateAsync();
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        foreach (var call in new Func<Task>[] { async () => await kek.UnwrapAsync(wrapped with { KekVersion = version }, s_context, new byte[64], Token), async () => await kek.RewrapAsync(wrapped with { KekVersion = version }, s_context, Token) })
        {
            Assert.Equal(KekFailure.WrongContextOrTampered, (await Assert.ThrowsAsync<KekException>(call)).Failure);
        }
    }

    [Theory]
    [InlineData(false, false, false, "aes256-gcm96", "not derived")]
    [InlineData(true, true, false, "aes256-gcm96", "convergent")]
    [InlineData(true, false, true, "aes256-gcm96", "AllowWeakKek")]
    [InlineData(false, false, false, "rsa-2048", "rsa-2048")]
    public async Task Key_ThatBindsNoContextOrGivesItselfAway_IsDeniedBeforeItIsUsed(bool derived, bool convergent, bool exportable, string type, string what)
    {
        string name = await _server.CreateKeyAsync(derived, convergent, exportable, type);
        var kek = _server.Open(name);
        foreach (var call in new Func<Task>[]
        {
            async () => await kek.CheckAsync(Token),
            async () => await kek.WrapAsync(new byte[32], s_context, Token),
            async () => await kek.UnwrapAsync(new WrappedKey("v1", new byte[60]), s_context, new byte[64], Token),
            async () => await kek.RewrapAsync(new WrappedKey("v1", new byte[60]), s_context, Token),
        })
        {
            var error = await Assert.ThrowsAsync<KekException>(call);
            Assert.Equal(KekFailure.Denied, error.Failure);
            Assert.Contains(what, error.Message, StringComparison.Ordinal);
            Assert.Contains("type=aes256-gcm96 derived=true", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal((0, 0, 0), (_server.Count("encrypt/" + name), _server.Count("decrypt/" + name), _server.Count("rewrap/" + name)));
    }

    [Fact]
    public async Task Key_ThatMayBeExported_IsTakenWithAllowWeakKek() =>
        await _server.Open(await _server.CreateKeyAsync(exportable: true), options: new KekOptions { AllowWeakKek = true }).CheckAsync(Token);

    [Fact]
    public async Task Wrap_WhenTheKeyIsMissing_NeverMakesIt()
    {
        var kek = _server.Open("missing");
        Assert.Equal(KekFailure.Destroyed, (await Assert.ThrowsAsync<KekException>(async () => await kek.WrapAsync(new byte[32], s_context, Token))).Failure);

        // Deleted behind the back of a KEK that knows it, with a token that may do everything.
        string name = await _server.CreateKeyAsync();
        kek = _server.Open(name);
        await kek.CheckAsync(Token);
        await _server.AdministerAsync(HttpMethod.Post, $"transit/keys/{name}/config", new { deletion_allowed = true });
        await _server.AdministerAsync(HttpMethod.Delete, $"transit/keys/{name}");
        Assert.Equal(KekFailure.Destroyed, (await Assert.ThrowsAsync<KekException>(async () => await kek.WrapAsync(new byte[32], s_context, Token))).Failure);
        var keys = await _server.AdministerAsync(new HttpMethod("LIST"), "transit/keys");
        Assert.DoesNotContain(name, keys!.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("missing", keys.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mount_ThatIsNotThere_IsDestroyed()
    {
        var kek = new VaultProvider(_server.Configure, static () => TimeProvider.System).Open("vault:nowhere/kek", new KekOptions());
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.CheckAsync(Token));
        Assert.Equal(KekFailure.Destroyed, error.Failure);
        Assert.Contains("mounted", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_IsReadOnceForAllCalls()
    {
        string name = await _server.CreateKeyAsync();
        var kek = _server.Open(name);
        Assert.Null(kek.SecurityStrength);
        for (int i = 0; i < 5; i++)
        {
            await kek.UnwrapAsync(await kek.WrapAsync(new byte[32], s_context, Token), s_context, new byte[64], Token);
        }

        Assert.Equal(1, _server.Count("keys/" + name) - 1); // one made it
        Assert.Equal(256, kek.SecurityStrength);
    }

    [Fact]
    public async Task Rights_OfTheGuide_AreEnoughAndEachIsNeeded()
    {
        string name = await _server.CreateKeyAsync();
        foreach (string missing in new[] { "encrypt", "decrypt", "keys" })
        {
            string policy = string.Concat(new[] { ("encrypt", "update"), ("decrypt", "update"), ("keys", "read") }.Where(rule => rule.Item1 != missing)
                .Select(rule => $"path \"transit/{rule.Item1}/{name}\" {{ capabilities = [\"{rule.Item2}\"] }}\n"));
            await _server.AdministerAsync(HttpMethod.Put, "sys/policies/acl/less", new { policy });
            var kek = _server.Open(name, vault => vault.Credential = VaultCredential.Token(_server.Double.Issue("less")));
            var error = await Assert.ThrowsAsync<KekException>(async () => await kek.CheckAsync(Token));
            Assert.Equal(KekFailure.Denied, error.Failure);
            Assert.Contains("read on MOUNT/keys/KEY", error.Message, StringComparison.Ordinal);
        }

        await _server.Open(name, vault => vault.Credential = VaultCredential.Token(_server.Double.Issue(name))).CheckAsync(Token);
    }

    [Fact]
    public async Task Describe_TellsOfTheKeyAndTheServer()
    {
        string name = await _server.CreateKeyAsync();
        var details = await _server.Open(name).DescribeAsync(Token);
        Assert.Contains(new("key", $"{name}, aes256-gcm96, derived"), details);
        Assert.Contains(new("latest version", "v1"), details);
        Assert.Contains(new("deletion", "not allowed"), details);
        Assert.Contains(new("server", "1.5.0-rc, active"), details);
    }

    [Theory]
    [InlineData(400, "{\"errors\":[\"something else\"]}", KekFailure.Denied)]
    [InlineData(400, "{\"errors\":[\"cipher: message authentication failed\"]}", KekFailure.WrongContextOrTampered)]
    [InlineData(403, "{\"errors\":[\"permission denied\"]}", KekFailure.Denied)]
    [InlineData(404, "<html>not here</html>", KekFailure.Unavailable)]
    [InlineData(405, "{\"errors\":[\"unsupported operation\"]}", KekFailure.Denied)]
    [InlineData(412, "{\"errors\":[\"required index state not present\"]}", KekFailure.Unavailable)]
    [InlineData(429, "{\"errors\":[\"rate limit\"]}", KekFailure.Unavailable)]
    [InlineData(472, "", KekFailure.Unavailable)]
    [InlineData(473, "", KekFailure.Unavailable)]
    [InlineData(500, "{\"errors\":[\"internal error\"]}", KekFailure.Unavailable)]
    [InlineData(501, "{\"errors\":[]}", KekFailure.Unavailable)]
    [InlineData(502, "<html>", KekFailure.Unavailable)]
    [InlineData(503, "{\"errors\":[\"Vault is sealed\"]}", KekFailure.Unavailable)]
    [InlineData(200, "<html>a proxy</html>", KekFailure.Unavailable)]
    [InlineData(200, "{}", KekFailure.Unavailable)]
    [InlineData(200, "[]", KekFailure.Unavailable)]
    [InlineData(200, "{\"data\":{\"type\":1,\"ciphertext\":[],\"plaintext\":{}}}", KekFailure.Unavailable)]
    [InlineData(200, "{\"data\":{\"plaintext\":\"!!\",\"ciphertext\":\"vault:v1:!!\"}}", KekFailure.Unavailable)]
    [InlineData(200, "{\"data\":{\"plaintext\":\"AAAA\",\"ciphertext\":\"vault:v1:AAAA\"}}", null)]
    [InlineData(204, "", KekFailure.Unavailable)]
    public async Task Answer_OfEachKind_IsTyped(int status, string body, KekFailure? failure)
    {
        var kek = await _server.CreateAsync();
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        _server.Double.Fault = new HttpReply(status, body);
        (Func<Task> Call, KekFailure Failure)[] calls =
        [
            (async () => await kek.WrapAsync(new byte[32], s_context, Token), failure ?? KekFailure.Unavailable),
            (async () => await kek.RewrapAsync(wrapped, s_context, Token), failure ?? KekFailure.Unavailable),
            (async () => await kek.UnwrapAsync(wrapped, s_context, new byte[64], Token), failure ?? KekFailure.WrongContextOrTampered),
        ];
        foreach (var (call, expected) in calls)
        {
            var error = await Assert.ThrowsAsync<KekException>(call);
            Assert.Equal(expected, error.Failure);
            Assert.DoesNotContain("something else", error.ToString(), StringComparison.Ordinal);
        }
    }

    // Vault 1.5 answers a batch with failed items 200; later versions 400, with the results all the same.
    [Theory]
    [InlineData(200)]
    [InlineData(400)]
    public async Task Batch_WithFailedItems_IsReadAtEitherStatus(int status)
    {
        var kek = await _server.CreateAsync();
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        var results = new object[] { new { ciphertext = $"vault:v3:{Convert.ToBase64String(new byte[60])}", key_version = 3 }, new { error = "invalid ciphertext: unable to decrypt" }, new { ciphertext = "nonsense" } };
        _server.Double.Fault = new HttpReply(status, JsonSerializer.Serialize(new { data = new { batch_results = results } }));
        var outcomes = await kek.RewrapManyAsync([new RewrapInput(wrapped, s_context), new RewrapInput(wrapped, s_context), new RewrapInput(wrapped, s_context), new RewrapInput(wrapped with { KekVersion = "" }, s_context)], Token);
        Assert.Equal("v3", outcomes[0].Value?.KekVersion);
        Assert.Equal([null, KekFailure.WrongContextOrTampered, KekFailure.Unavailable, KekFailure.WrongContextOrTampered], outcomes.Select(static outcome => outcome.Error?.Failure));
    }

    [Theory]
    [InlineData("{\"data\":{\"batch_results\":[{\"ciphertext\":\"x\"}]}}")]
    [InlineData("{\"data\":{\"batch_results\":{}}}")]
    public async Task Batch_WithAnotherNumberOfResults_IsUnavailable(string body)
    {
        var kek = await _server.CreateAsync();
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        _server.Double.Fault = new HttpReply(200, body);
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.RewrapManyAsync([new RewrapInput(wrapped, s_context), new RewrapInput(wrapped, s_context)], Token));
        Assert.Equal(KekFailure.Unavailable, error.Failure);
    }

    [Fact]
    public async Task Batch_WithTrimmedAndOldVersions_NamesEach()
    {
        string name = await _server.CreateKeyAsync();
        var kek = _server.Open(name);
        var wraps = new List<WrappedKey>();
        for (int version = 1; version <= 3; version++)
        {
            wraps.Add(await kek.WrapAsync(new byte[32], s_context, Token));
            await _server.AdministerAsync(HttpMethod.Post, $"transit/keys/{name}/rotate");
        }

        await _server.AdministerAsync(HttpMethod.Post, $"transit/keys/{name}/config", new { min_decryption_version = 3, min_encryption_version = 4 });
        await _server.AdministerAsync(HttpMethod.Post, $"transit/keys/{name}/trim", new { min_available_version = 2 });
        var outcomes = await kek.UnwrapManyAsync([.. wraps.Select(static wrap => new UnwrapInput(wrap, s_context, new byte[64]))], Token);
        Assert.Equal([KekFailure.Destroyed, KekFailure.Disabled, null], outcomes.Select(static outcome => outcome.Error?.Failure));
    }

    [Fact]
    public async Task Sealed_IsUnavailableAndSaysSo()
    {
        var kek = await _server.CreateAsync();
        await kek.CheckAsync(Token);
        _server.Double.IsSealed = true;
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.CheckAsync(Token));
        Assert.Equal(KekFailure.Unavailable, error.Failure);
        Assert.Contains("sealed", error.Message, StringComparison.Ordinal);
        _server.Double.IsSealed = false;
        await kek.CheckAsync(Token);
    }

    [Fact]
    public async Task Standby_ThatRedirects_IsNotFollowed()
    {
        var kek = await _server.CreateAsync();
        await kek.CheckAsync(Token);
        _server.Double.IsStandby = true;
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.CheckAsync(Token));
        Assert.Equal(KekFailure.Unavailable, error.Failure);
        Assert.Contains("standby", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_ThatNeverEnds_IsNotRead()
    {
        var kek = await _server.CreateAsync();
        await kek.CheckAsync(Token);
        _server.Double.Fault = new HttpReply(200, new string(' ', 40 * 1024 * 1024));
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.WrapAsync(new byte[32], s_context, Token));
        Assert.Equal(KekFailure.Unavailable, error.Failure);
        Assert.Contains("more than", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_NeverHoldTokenKeyOrContext()
    {
        string name = await _server.CreateKeyAsync();
        var kek = _server.Open(name, static vault => vault.Credential = VaultCredential.Token("hunter2hunter2"));
        byte[] key = Encoding.ASCII.GetBytes("0123456789abcdef0123456789abcdef");
        _server.Double.Fault = new HttpReply(400, JsonSerializer.Serialize(new { errors = new[] { Convert.ToBase64String(key), Convert.ToBase64String(s_context.Encode()), "hunter2hunter2" } }));
        foreach (var call in new Func<Task>[] { async () => await kek.WrapAsync(key, s_context, Token), async () => await kek.CheckAsync(Token), async () => await kek.UnwrapAsync(new WrappedKey("v1", new byte[60]), s_context, new byte[64], Token) })
        {
            string error = (await Assert.ThrowsAsync<KekException>(call)).ToString();
            Assert.DoesNotContain(Convert.ToBase64String(key), error, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToBase64String(s_context.Encode()), error, StringComparison.Ordinal);
            Assert.DoesNotContain("hunter2", error, StringComparison.Ordinal);
        }
    }
}
