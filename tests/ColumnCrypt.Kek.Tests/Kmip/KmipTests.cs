using ColumnCrypt.Format;
using ColumnCrypt.Kek.Kmip;
using ColumnCrypt.Kek.Kmip.Protocol;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.Tests.Kmip;

// SPEC-WRAP-9
public sealed class KmipTests
{
    private static readonly WrapContext s_context = new(new KeyId(new byte[16]), "acme", new KeyId(Enumerable.Repeat((byte)7, 16).ToArray()), KeyKind.Data);

    private static KmipServer Server => KmipServer.Shared;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Wrap_HasItsFormAndNamesTheKey()
    {
        var (kek, id) = await Server.CreateAsync();
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        Assert.Equal(id, wrapped.KekVersion);
        var bytes = wrapped.Bytes.ToArray();
        Assert.Equal(1, bytes[0]);
        Assert.InRange(bytes[1], 12, 16);
        Assert.Equal(2 + bytes[1] + 32 + 16, bytes.Length);
        Assert.Equal(256, kek.SecurityStrength);
    }

    [Fact]
    public async Task Wrap_IsAesGcmWithTheContextAsAad()
    {
        var (kek, id) = await Server.CreateAsync();
        byte[] key = [.. Enumerable.Range(0, 32).Select(static i => (byte)i)];
        var wrapped = await kek.WrapAsync(key, s_context, Token);
        byte[] material = await MaterialAsync(id);
        var wrap = KmipWrap.Decode(wrapped.Bytes.Span)!;
        Assert.Equal(key, ReferenceGcm.Open(material, wrap.Iv, wrap.Ciphertext, wrap.AuthenticationTag, s_context.Encode()));
        Assert.Null(ReferenceGcm.Open(material, wrap.Iv, wrap.Ciphertext, wrap.AuthenticationTag, (s_context with { Tenant = "other" }).Encode()));
    }

    [Fact]
    public async Task Rekey_UnwrapsWhatTheFormerKeyWrapped_OnlyWhereThatIsNamed()
    {
        var (kek, former) = await Server.CreateAsync();
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        using var keys = Server.Keys(kek.Id);
        string id = await keys.RekeyAsync(Token);
        Assert.NotEqual(former, id);
        Assert.Equal(id, await keys.FindAsync(Token));

        // The KEK that was open before wraps with the new key at once.
        var fresh = await kek.WrapAsync(new byte[32], s_context, Token);
        Assert.Equal(id, fresh.KekVersion);
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.UnwrapAsync(wrapped, s_context, new byte[64], Token));
        Assert.Equal(KekFailure.WrongContextOrTampered, error.Failure);
        Assert.Contains("FormerKeys", error.Message, StringComparison.Ordinal);

        var knowing = Server.Open(kek.Id, server => server.FormerKeys.Add(former));
        Assert.Equal(32, await knowing.UnwrapAsync(wrapped, s_context, new byte[64], Token));
        var moved = await knowing.RewrapAsync(wrapped, s_context, Token);
        Assert.Equal(id, moved.KekVersion);
        Assert.Equal(32, await kek.UnwrapAsync(moved, s_context, new byte[64], Token));
        await keys.RevokeAsync(former, cancellationToken: Token);
        await keys.DestroyAsync(former, Token);
        error = await Assert.ThrowsAsync<KekException>(async () => await knowing.UnwrapAsync(wrapped, s_context, new byte[64], Token));
        Assert.Equal(KekFailure.Destroyed, error.Failure);
        Assert.Equal(32, await knowing.UnwrapAsync(moved, s_context, new byte[64], Token));
    }

    // Another node has seen the new key, this one has not yet.
    [Fact]
    public async Task Unwrap_WhenAKeyIsNewToThisNode_LooksTheNameUpAgain()
    {
        var (kek, _) = await Server.CreateAsync();
        await kek.CheckAsync(Token);
        using var keys = Server.Keys(kek.Id);
        await keys.RekeyAsync(Token);
        var wrapped = await Server.Open(kek.Id).WrapAsync(new byte[32], s_context, Token);
        Assert.Equal(32, await kek.UnwrapAsync(wrapped, s_context, new byte[64], Token));
    }

    [Fact]
    public async Task Version_ThatSomebodyWroteIntoTheTables_CallsNoOtherKey()
    {
        var (mine, id) = await Server.CreateAsync();
        var (theirs, _) = await Server.CreateAsync();
        var planted = await theirs.WrapAsync(new byte[32], s_context, Token);
        foreach (var wrapped in new[] { planted, planted with { KekVersion = id }, planted with { KekVersion = "" } })
        {
            var error = await Assert.ThrowsAsync<KekException>(async () => await mine.UnwrapAsync(wrapped, s_context, new byte[64], Token));
            Assert.Equal(KekFailure.WrongContextOrTampered, error.Failure);
        }
    }

    [Fact]
    public async Task PreActive_IsDisabledUntilItIsActivated()
    {
        string uri = Server.Uri($"kek-{Guid.NewGuid():N}");
        string id = KmipAnswers.Id(await Server.CallAsync(KmipCalls.Create(uri[(uri.IndexOf('/', StringComparison.Ordinal) + 1)..])));
        var kek = Server.Open(uri);
        Assert.Contains(new("state", "PreActive"), await kek.DescribeAsync(Token));
        await AssertFailsAsync(kek, KekFailure.Disabled, "Activate it");
        KmipAnswers.Id(await Server.CallAsync(KmipCalls.Activate(id)));
        await kek.CheckAsync(Token);
    }

    [Theory]
    [InlineData(false, "Deactivated")]
    [InlineData(true, "Compromised")]
    public async Task Revoked_IsDisabledAndSaysItsState(bool isCompromised, string state)
    {
        var (kek, id) = await Server.CreateAsync();
        await kek.CheckAsync(Token);
        using var keys = Server.Keys(kek.Id);
        await keys.RevokeAsync(id, isCompromised, Token);
        await AssertFailsAsync(kek, KekFailure.Disabled, state);
        Assert.Contains(new("state", state), await kek.DescribeAsync(Token));
    }

    [Fact]
    public async Task Describe_TellsNameIdentifierKindAndState()
    {
        var (kek, id) = await Server.CreateAsync();
        string name = kek.Id[(kek.Id.IndexOf('/', StringComparison.Ordinal) + 1)..];
        Assert.Equal([new("name", name), new("identifier", id), new("key", "AES, 256 bits"), new("state", "Active")], await kek.DescribeAsync(Token));
    }

    [Fact]
    public async Task Name_WhenSeveralKeysHaveIt_IsDenied()
    {
        var (kek, _) = await Server.CreateAsync();
        KmipAnswers.Id(await Server.CallAsync(KmipCalls.Create(kek.Id[(kek.Id.IndexOf('/', StringComparison.Ordinal) + 1)..])));
        await AssertFailsAsync(kek, KekFailure.Denied, "several");
    }

    [Fact]
    public async Task Key_ThatIsAnothers_IsNotThere()
    {
        var (kek, id) = await Server.CreateAsync();
        var theirs = Server.Open(kek.Id, static server => server.ClientCertificate = Server.Intruder);
        await AssertFailsAsync(theirs, KekFailure.Destroyed, "may see");

        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        var naming = Server.Open(kek.Id, server =>
        {
            server.ClientCertificate = Server.Intruder;
            server.FormerKeys.Add(id);
        });
        var error = await Assert.ThrowsAsync<KekException>(async () => await naming.UnwrapAsync(wrapped, s_context, new byte[64], Token));
        Assert.Equal(KekFailure.Denied, error.Failure);
    }

    [Fact]
    public async Task Administration_WhenTheNameIsTakenOrTheKeyIsActive_IsRefused()
    {
        var (kek, id) = await Server.CreateAsync();
        using var keys = Server.Keys(kek.Id);
        var error = await Assert.ThrowsAsync<KekException>(() => keys.CreateAsync(Token));
        Assert.Equal(KekFailure.Denied, error.Failure);
        error = await Assert.ThrowsAsync<KekException>(() => keys.DestroyAsync(id, Token));
        Assert.Equal(KekFailure.Denied, error.Failure);
        error = await Assert.ThrowsAsync<KekException>(() => keys.DestroyAsync("999999", Token));
        Assert.Equal(KekFailure.Destroyed, error.Failure);
        using var others = Server.Keys(kek.Id, Server.Intruder);
        error = await Assert.ThrowsAsync<KekException>(() => others.RevokeAsync(id, cancellationToken: Token));
        Assert.Equal(KekFailure.Denied, error.Failure);
    }

    [Fact]
    public async Task Pool_WhenManyCallAtOnce_HoldsToItsBound()
    {
        var (kek, _) = await Server.CreateAsync();
        var bounded = Server.Open(kek.Id, static server => server.MaxConnections = 2);
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async _ => await bounded.WrapAsync(new byte[32], s_context, Token)));
        var pool = ((KmipKek)bounded).Client.Pool;
        Assert.InRange(pool.Idle, 1, 2);
        ((IDisposable)bounded).Dispose();
        Assert.Equal(0, pool.Idle);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await bounded.WrapAsync(new byte[32], s_context, Token));
    }

    // The key itself, as PyKMIP gives it to its owner.
    private static async Task<byte[]> MaterialAsync(string id)
    {
        using var result = await Server.CallAsync(new KmipCall((Operation)0x0A, payload => payload.Text(Tag.UniqueIdentifier, id)));
        var block = result.Payload.Find((Tag)0x42008F).Structure.Find((Tag)0x420040).Structure;
        return block.Find((Tag)0x420045).Structure.Find((Tag)0x420043).Bytes.ToArray();
    }

    private static async Task AssertFailsAsync(IKeyEncryptionKey kek, KekFailure failure, string says)
    {
        foreach (var call in new Func<Task>[] { async () => await kek.CheckAsync(Token), async () => await kek.WrapAsync(new byte[32], s_context, Token) })
        {
            var error = await Assert.ThrowsAsync<KekException>(call);
            Assert.Equal(failure, error.Failure);
            Assert.Contains(says, error.Message, StringComparison.Ordinal);
        }
    }
}
