using System.Security.Cryptography;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.Contract;

/// <summary>What a <see cref="KekCapabilities.Remote"/> KEK must do beyond <see cref="KekContract"/>: name every state that its backend may be in.</summary>
/// <param name="keks">Opens the KEKs of one backend.</param>
public abstract class RemoteKekContract(IRemoteKekSource keks) : KekContract(keks)
{
    private static readonly WrapContext s_context = new(Id(0x31), "tenant-r", Id(0x32), KeyKind.Data);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Capabilities_SayThatItIsRemote() => Assert.True((await keks.OpenAsync()).Capabilities.HasFlag(KekCapabilities.Remote));

    [Fact]
    public async Task Calls_WhenDisabled_AreTyped()
    {
        if (await keks.OpenDisabledAsync(s_context) is var (kek, wrapped))
        {
            await AssertAllFailAsync(kek, wrapped, KekFailure.Disabled);
        }
    }

    [Fact]
    public async Task Calls_WhenDestroyed_AreTyped()
    {
        var (kek, wrapped) = await keks.OpenDestroyedAsync(s_context);
        await AssertAllFailAsync(kek, wrapped, KekFailure.Destroyed);
    }

    [Fact]
    public async Task Calls_WhenDenied_AreTyped()
    {
        var wrapped = await (await keks.OpenAsync()).WrapAsync(new byte[32], s_context, Token);
        await AssertAllFailAsync(await keks.OpenDeniedAsync(), wrapped, KekFailure.Denied);
    }

    [Fact]
    public async Task Calls_WhenThrottled_AreTransient()
    {
        if (await keks.OpenThrottledAsync() is { } kek)
        {
            var wrapped = await (await keks.OpenAsync()).WrapAsync(new byte[32], s_context, Token);
            await AssertAllFailAsync(kek, wrapped, KekFailure.Unavailable);
        }
    }

    [Fact]
    public async Task Calls_WhenNobodyAnswers_AreTransient()
    {
        var wrapped = await (await keks.OpenAsync()).WrapAsync(new byte[32], s_context, Token);
        await AssertAllFailAsync(await keks.OpenUnreachableAsync(), wrapped, KekFailure.Unavailable);
    }

    // A call that fails as a whole says so itself, or of each input.
    [Fact]
    public async Task Many_WhenDeniedOrNobodyAnswers_AreTyped()
    {
        var wrapped = await (await keks.OpenAsync()).WrapAsync(new byte[32], s_context, Token);
        foreach (var (kek, failure) in new[] { (await keks.OpenDeniedAsync(), KekFailure.Denied), (await keks.OpenUnreachableAsync(), KekFailure.Unavailable) })
        {
            foreach (var call in new Func<Task<KekFailure?[]>>[]
            {
                async () => [.. (await kek.WrapManyAsync([new WrapInput(new byte[32], s_context), new WrapInput(new byte[32], s_context)], Token)).Select(static outcome => outcome.Error?.Failure)],
                async () => [.. (await kek.UnwrapManyAsync([new UnwrapInput(wrapped, s_context, new byte[64]), new UnwrapInput(wrapped, s_context, new byte[64])], Token)).Select(static outcome => outcome.Error?.Failure)],
                async () => [.. (await kek.RewrapManyAsync([new RewrapInput(wrapped, s_context), new RewrapInput(wrapped, s_context)], Token)).Select(static outcome => outcome.Error?.Failure)],
            })
            {
                KekFailure?[] failures;
                try
                {
                    failures = await call();
                }
                catch (KekException error)
                {
                    failures = [error.Failure, error.Failure];
                }

                Assert.Equal([failure, failure], failures);
            }
        }
    }

    [Fact]
    public async Task Wrap_ManyTimes_NeverRepeatsAndStaysReadable()
    {
        var kek = await keks.OpenAsync();
        var key = RandomNumberGenerator.GetBytes(32);
        var seen = new HashSet<string>();
        for (int i = 0; i < keks.ManyWraps; i++)
        {
            var wrapped = await kek.WrapAsync(key, s_context, Token);
            Assert.True(seen.Add(Convert.ToHexString(wrapped.Bytes.Span)));
            if (i % 100 == 0)
            {
                var destination = new byte[64];
                Assert.Equal(key, destination[..await kek.UnwrapAsync(wrapped, s_context, destination, Token)]);
            }
        }
    }

    private static async Task AssertAllFailAsync(IKeyEncryptionKey kek, WrappedKey wrapped, KekFailure failure)
    {
        (string, Func<Task>)[] calls =
        [
            ("check", async () => await kek.CheckAsync(Token)),
            ("wrap", async () => await kek.WrapAsync(new byte[32], s_context, Token)),
            ("unwrap", async () => await kek.UnwrapAsync(wrapped, s_context, new byte[64], Token)),
            ("rewrap", async () => await kek.RewrapAsync(wrapped, s_context, Token)),
        ];
        foreach (var (name, call) in calls)
        {
            var error = await Assert.ThrowsAsync<KekException>(call);
            Assert.Equal((name, failure), (name, error.Failure));
            Assert.Equal(failure == KekFailure.Unavailable, error.IsTransient);
        }
    }

    private static KeyId Id(byte fill) => new(Enumerable.Repeat(fill, KeyId.Size).ToArray());
}
