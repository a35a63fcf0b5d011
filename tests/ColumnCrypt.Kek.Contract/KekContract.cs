using System.Security.Cryptography;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.Contract;

/// <summary>What every <see cref="IKeyEncryptionKey"/> must do. A backend's tests derive from this and open its KEKs.</summary>
/// <param name="keks">Opens the KEKs of one backend.</param>
public abstract class KekContract(IKekSource keks)
{
    private static readonly WrapContext s_context = new(Id(0x11), "tenant-a", Id(0x22), KeyKind.Data);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Id_WhenOpened_IsTheUriOfTheConfiguration() => Assert.Equal(keks.Uri, (await keks.OpenAsync()).Id);

    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(64)]
    public async Task Unwrap_WhenTheContextIsTheSame_ReturnsTheKey(int size)
    {
        var kek = await keks.OpenAsync();
        var key = RandomNumberGenerator.GetBytes(size);
        var wrapped = await kek.WrapAsync(key, s_context, Token);
        Assert.Equal(key, await UnwrapAsync(kek, wrapped, s_context));
    }

    [Fact]
    public async Task Unwrap_WhenAKeyOfNoTenantWasWrapped_ReturnsTheKey()
    {
        var kek = await keks.OpenAsync();
        var context = s_context with { Tenant = "", Kind = KeyKind.Installation };
        var key = RandomNumberGenerator.GetBytes(32);
        Assert.Equal(key, await UnwrapAsync(kek, await kek.WrapAsync(key, context, Token), context));
    }

    [Fact]
    public async Task Wrap_WhenTheKeyIsTheSame_NeverRepeatsAndNeverShowsIt()
    {
        var kek = await keks.OpenAsync();
        var key = RandomNumberGenerator.GetBytes(32);
        var first = (await kek.WrapAsync(key, s_context, Token)).Bytes.ToArray();
        var second = (await kek.WrapAsync(key, s_context, Token)).Bytes.ToArray();
        Assert.NotEqual(first, second);
        Assert.Equal(-1, first.AsSpan().IndexOf(key.AsSpan(0, 8)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(65)]
    public async Task Wrap_WhenTheKeyIsNoKey_IsRefused(int size)
    {
        var kek = await keks.OpenAsync();
        await Assert.ThrowsAsync<ArgumentException>(async () => await kek.WrapAsync(new byte[size], s_context, Token));
    }

    [Fact]
    public async Task Unwrap_WhenTheDestinationIsTooSmall_IsRefused()
    {
        var kek = await keks.OpenAsync();
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        await Assert.ThrowsAsync<ArgumentException>(async () => await kek.UnwrapAsync(wrapped, s_context, new byte[63], Token));
    }

    public static TheoryData<string> OtherContexts() => ["tenant", "no tenant", "key", "kind", "installation"];

    [Theory]
    [MemberData(nameof(OtherContexts))]
    public async Task Unwrap_WhenTheContextDiffers_IsRefused(string what)
    {
        var kek = await keks.OpenAsync();
        var wrapped = await kek.WrapAsync(RandomNumberGenerator.GetBytes(32), s_context, Token);
        await AssertRefusedAsync(kek, wrapped, Another(what));
    }

    [Theory]
    [MemberData(nameof(OtherContexts))]
    public async Task Rewrap_WhenTheContextDiffers_IsRefused(string what)
    {
        var kek = await keks.OpenAsync();
        var wrapped = await kek.WrapAsync(RandomNumberGenerator.GetBytes(32), s_context, Token);
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.RewrapAsync(wrapped, Another(what), Token));
        Assert.Equal(KekFailure.WrongContextOrTampered, error.Failure);
    }

    [Fact]
    public async Task Unwrap_WhenAnyBitIsFlipped_IsRefused()
    {
        var kek = await keks.OpenAsync();
        var wrapped = await kek.WrapAsync(RandomNumberGenerator.GetBytes(32), s_context, Token);
        for (int bit = 0; bit < wrapped.Bytes.Length * 8; bit += keks.StrideOfChanges)
        {
            var bytes = wrapped.Bytes.ToArray();
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            await AssertRefusedAsync(kek, wrapped with { Bytes = bytes }, s_context);
        }
    }

    [Fact]
    public async Task Unwrap_WhenTheWrapIsTruncatedOrExtended_IsRefused()
    {
        var kek = await keks.OpenAsync();
        var wrapped = await kek.WrapAsync(RandomNumberGenerator.GetBytes(32), s_context, Token);
        for (int length = 0; length < wrapped.Bytes.Length; length += keks.StrideOfChanges)
        {
            await AssertRefusedAsync(kek, wrapped with { Bytes = wrapped.Bytes[..length] }, s_context);
            await AssertRefusedAsync(kek, wrapped with { Bytes = wrapped.Bytes[(wrapped.Bytes.Length - length)..] }, s_context);
        }

        foreach (int more in new[] { 1, 16, 64, 4096 })
        {
            await AssertRefusedAsync(kek, wrapped with { Bytes = (byte[])[.. wrapped.Bytes.Span, .. new byte[more]] }, s_context);
            await AssertRefusedAsync(kek, wrapped with { Bytes = (byte[])[.. new byte[more], .. wrapped.Bytes.Span] }, s_context);
        }
    }

    [Fact]
    public async Task Unwrap_WhenAnotherKekWrapped_IsRefused()
    {
        var kek = await keks.OpenAsync();
        var another = await keks.OpenAnotherAsync();
        await AssertRefusedAsync(kek, await another.WrapAsync(RandomNumberGenerator.GetBytes(32), s_context, Token), s_context);
    }

    [Fact]
    public async Task Unwrap_WhenRefused_SaysNothingOfKeyOrContext()
    {
        var kek = await keks.OpenAsync();
        var key = RandomNumberGenerator.GetBytes(32);
        var wrapped = await kek.WrapAsync(key, s_context, Token);
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.UnwrapAsync(wrapped, Another("tenant"), new byte[64], Token));
        var text = error.ToString();
        foreach (var secret in new[] { key, s_context.Encode(), Another("tenant").Encode() })
        {
            Assert.DoesNotContain(Convert.ToHexString(secret), text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(Convert.ToBase64String(secret), text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Rewrap_WhenDone_ReturnsAnotherWrapOfTheSameKey()
    {
        var kek = await keks.OpenAsync();
        var key = RandomNumberGenerator.GetBytes(32);
        var wrapped = await kek.WrapAsync(key, s_context, Token);
        var rewrapped = await kek.RewrapAsync(wrapped, s_context, Token);
        Assert.NotEqual(wrapped.Bytes.ToArray(), rewrapped.Bytes.ToArray());
        Assert.Equal(key, await UnwrapAsync(kek, rewrapped, s_context));
        Assert.Equal(key, await UnwrapAsync(kek, wrapped, s_context));
    }

    [Fact]
    public async Task Check_WhenTheKekWorks_Returns() => await (await keks.OpenAsync()).CheckAsync(Token);

    [Fact]
    public async Task Calls_WhenCancelled_SayThatAlone()
    {
        var kek = await keks.OpenAsync();
        var wrapped = await kek.WrapAsync(new byte[32], s_context, Token);
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await kek.WrapAsync(new byte[32], s_context, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await kek.UnwrapAsync(wrapped, s_context, new byte[64], cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await kek.RewrapAsync(wrapped, s_context, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await kek.CheckAsync(cancelled));
    }

    [Fact]
    public async Task Calls_When64CallersRunAtOnce_GiveEachItsOwnKey()
    {
        var kek = await keks.OpenAsync();
        await Parallel.ForEachAsync(Enumerable.Range(0, 64), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (caller, token) =>
        {
            var context = s_context with { Tenant = $"tenant-{caller}" };
            for (int round = 0; round < keks.RoundsOfEachCaller; round++)
            {
                var key = RandomNumberGenerator.GetBytes(32);
                var wrapped = await kek.WrapAsync(key, context, token);
                Assert.Equal(key, await UnwrapAsync(kek, wrapped, context));
                Assert.Equal(key, await UnwrapAsync(kek, await kek.RewrapAsync(wrapped, context, token), context));
            }
        });
    }

    [Fact]
    public async Task Many_WhenSomeFail_FailAlone()
    {
        var kek = await keks.OpenAsync();
        int count = kek.MaxBatchSize == 1 ? 5 : Math.Min(5, kek.MaxBatchSize);
        var keys = Enumerable.Range(0, count).Select(i => RandomNumberGenerator.GetBytes(i == 0 ? 64 : 32)).ToArray();
        var contexts = Enumerable.Range(0, count).Select(static i => s_context with { Tenant = $"tenant-{i}" }).ToArray();
        var wrapped = (await kek.WrapManyAsync([.. keys.Zip(contexts, static (key, context) => new WrapInput(key, context))], Token)).Select(static outcome => outcome.Value!).ToArray();
        Assert.Equal(keys[0], await UnwrapAsync(kek, wrapped[0], contexts[0]));

        // The second is for another tenant, and the last was changed, so that nothing of it is left.
        contexts[1] = s_context;
        wrapped[^1] = wrapped[^1] with { Bytes = new byte[wrapped[^1].Bytes.Length] };
        var destinations = keys.Select(static _ => new byte[64]).ToArray();
        var opened = await kek.UnwrapManyAsync([.. Enumerable.Range(0, count).Select(i => new UnwrapInput(wrapped[i], contexts[i], destinations[i]))], Token);
        var again = await kek.RewrapManyAsync([.. Enumerable.Range(0, count).Select(i => new RewrapInput(wrapped[i], contexts[i]))], Token);
        Assert.Equal((count, count), (opened.Count, again.Count));
        for (int i = 0; i < count; i++)
        {
            if (i == 1 || i == count - 1)
            {
                Assert.Equal((i, KekFailure.WrongContextOrTampered, KekFailure.WrongContextOrTampered), (i, opened[i].Error?.Failure, again[i].Error?.Failure));
                Assert.Equal(new byte[64], destinations[i]);
            }
            else
            {
                Assert.Equal((i, null, null), (i, opened[i].Error?.Message, again[i].Error?.Message));
                Assert.Equal(keys[i], destinations[i][..opened[i].Value]);
                Assert.NotEqual(wrapped[i].Bytes.ToArray(), again[i].Value!.Bytes.ToArray());
                Assert.Equal(keys[i], await UnwrapAsync(kek, again[i].Value!, contexts[i]));
            }
        }
    }

    private static WrapContext Another(string what) => what switch
    {
        "tenant" => s_context with { Tenant = "tenant-b" },
        "no tenant" => s_context with { Tenant = "" },
        "key" => s_context with { KeyId = Id(0x23) },
        "kind" => s_context with { Kind = KeyKind.Index },
        _ => s_context with { InstallationId = Id(0x12) },
    };

    private static KeyId Id(byte fill) => new(Enumerable.Repeat(fill, KeyId.Size).ToArray());

    private static async Task<byte[]> UnwrapAsync(IKeyEncryptionKey kek, WrappedKey wrapped, WrapContext context)
    {
        var destination = new byte[64];
        return destination[..await kek.UnwrapAsync(wrapped, context, destination, Token)];
    }

    private static async Task AssertRefusedAsync(IKeyEncryptionKey kek, WrappedKey wrapped, WrapContext context)
    {
        var destination = new byte[64];
        var error = await Assert.ThrowsAsync<KekException>(async () => await kek.UnwrapAsync(wrapped, context, destination, Token));
        Assert.Equal(KekFailure.WrongContextOrTampered, error.Failure);
        Assert.False(error.IsTransient);
        Assert.Equal(new byte[64], destination);
    }
}
