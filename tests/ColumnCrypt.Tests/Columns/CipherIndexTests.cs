using ColumnCrypt.Columns;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Search;
using ColumnCrypt.TestSupport;
using ColumnCrypt.Tests.Keys;

namespace ColumnCrypt.Tests.Columns;

// The blind indexes of a column outside Entity Framework. SPEC-IDX-1 SPEC-IDX-2 SPEC-IDX-8
public sealed class CipherIndexTests
{
    private const string Purpose = "person.email";

    private static readonly ColumnIndexes s_whole = new() { Columns = [new("Email_bi")] };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, int, int, string?> Texts() => new()
    {
        { "eq", "none@1", 1, 256, "Zoe@Example.ORG" },
        { "eq", "none@1", 2, 13, "Zoe@Example.ORG" },
        { "eq", "email@1", 1, 256, " Zoe@Example.ORG" },
        { "eq", "none@1", 1, 256, null },
        { "last4", "digits@1", 1, 256, "000-56-1950" },
        { "last4", "none@1", 1, 256, "abc" },
        { "prefix:3", "ci@1", 3, 20, "ZOË and others" },
        { "prefix:3", "none@1", 1, 256, "Zo" },
        { "domain", "email@1", 1, 256, "Zoe@Example.ORG" },
        { "domain", "none@1", 1, 256, "nobody" },
    };

    [Theory, MemberData(nameof(Texts))]
    public Task Index_OfAText_IsThatOfALease(string kind, string normaliser, int version, int bits, string? value) => SameAsync(kind, normaliser, version, bits, value);

    [Fact]
    public async Task Index_OfOtherTypes_IsThatOfALease()
    {
        await SameAsync("year", "none@1", 1, 256, new DateOnly(1990, 5, 6));
        await SameAsync("year", "none@1", 1, 256, (DateTimeOffset?)new DateTimeOffset(1990, 1, 1, 0, 0, 0, TimeSpan.FromHours(2)));
        await SameAsync("bucket:0:10:50", "none@1", 1, 256, 42);
        await SameAsync("bucket:0:10:50", "none@1", 1, 256, double.NaN);
        await SameAsync("bucket:700000:7:500", "none@1", 1, 256, (DateOnly?)new DateOnly(1990, 5, 6));
        await SameAsync("eq", "none@1", 1, 256, 42);
        await SameAsync("eq", "none@1", 1, 256, (int?)null);
        await SameAsync("eq", "none@1", 1, 256, 1.50m);
        await SameAsync("eq", "none@1", 1, 256, (decimal?)1.5m);
        await SameAsync("eq", "none@1", 1, 256, Guid.NewGuid());
        await SameAsync("eq", "none@1", 1, 256, new DateTime(1990, 5, 6, 7, 8, 9, DateTimeKind.Utc));
        await SameAsync("eq", "none@1", 1, 256, new byte[600]);
    }

    [Fact]
    public async Task Index_OfAnotherTenantVersionKindOrPurpose_IsAnother()
    {
        using var node = new TestNode();
        var indexes = new ColumnIndexes
        {
            Columns = [new("bi"), new("bi_v2") { Version = 2 }, new("prefix") { Kind = "prefix:1" }, new("ci") { Normaliser = BlindIndexNormaliser.CaseInsensitive }],
        };
        using var cipher = await CipherAsync<string>(node, indexes);
        using var ofOtherTenant = await CipherAsync<string>(node, indexes, tenant: "other");
        using var ofOtherPurpose = await node.Instance.GetCipherAsync<string>("acme", "person.phone", 1, indexes: indexes, cancellationToken: Token);
        string[] values = [.. new[] { cipher, ofOtherTenant, ofOtherPurpose }.SelectMany(one => indexes.Columns.Select(index => Convert.ToHexString(one.BlindIndex("x", index.Column)!)))];
        Assert.Equal(12, values.Distinct().Count());
    }

    [Fact]
    public async Task Composite_IsThatOfALease_AndNullWhereAPartIs()
    {
        using var node = new TestNode();
        var index = new ColumnIndex("Email_Born_bi") { Kind = "composite", Normaliser = "email@1,none@1", Purpose = "person.email-born", Version = 2, Bits = 40 };
        using var email = await CipherAsync<string?>(node, new() { Columns = [new("Email_bi"), index] });
        using var born = await node.Instance.GetCipherAsync<DateOnly?>("acme", "person.born", 1, cancellationToken: Token);
        byte[]? value = email.CompositeIndex([email.Part("A@x.org"), born.Part(new DateOnly(1990, 5, 6))]);
        using var lease = await node.Instance.AcquireRingAsync("acme", 0, Token);
        Assert.Equal(
            lease.Index(
                new IndexDefinition("person.email-born", "composite", "email@1,none@1", 2, 40),
                [IndexPart.Of("a@x.org", ValueCodecs.For<string>()), IndexPart.Of(new DateOnly(1990, 5, 6), ValueCodecs.For<DateOnly>())],
                IndexUse.Query),
            value);
        Assert.Null(email.CompositeIndex([email.Part("A@x.org"), born.Part(null)]));
        Assert.Throws<EncryptionModelException>(() => email.CompositeIndex([email.Part("A@x.org")]));
        Assert.Throws<EncryptionModelException>(() => email.CompositeIndex([], "Email_bi"));
        Assert.Equal(email.BlindIndex("x"), email.BlindIndex("x", "Email_bi"));
    }

    [Fact]
    public async Task Tokens_AreThoseOfALease_EachOnce()
    {
        using var node = new TestNode();
        using var cipher = await CipherAsync<string>(node, new()
        {
            Tokens = [new("tokens") { PrefixFrom = 2, PrefixTo = 4 }, new("tokens") { Words = true }, new("short") { PrefixFrom = 1, PrefixTo = 9, Bits = 1, Version = 2 }],
        });
        using var lease = await node.Instance.AcquireRingAsync("acme", 0, Token);
        IndexDefinition[] definitions = [.. new[] { 2, 3, 4 }.Select(static n => new IndexDefinition(Purpose, $"prefix:{n}")), new(Purpose, "word", "ci@1")];
        var tokens = cipher.Tokens("Run, anna: RUN", "tokens");
        Assert.Equal(5, tokens.Count);
        Assert.Equal(lease.IndexTokens(definitions, "Run, anna: RUN", IndexUse.Query), tokens);
        Assert.Equal(
            [.. definitions[..3].Select(definition => lease.Index(definition, "Run, anna: RUN", ValueCodecs.For<string>(), IndexUse.Query)!), .. lease.IndexWords(definitions[3], "run anna", IndexUse.Query)],
            tokens);
        Assert.InRange(cipher.Tokens("abcdefghijk", "short").Count, 1, 2);
        Assert.Empty(cipher.Tokens(null!, "tokens"));
        Assert.Throws<EncryptionModelException>(() => cipher.Tokens("x"));
    }

    [Fact]
    public async Task Preparation_MakesTheIndexKeys_AndNothingWaitsAfterIt()
    {
        using var node = new TestNode();
        using var cipher = await CipherAsync<string>(node, new() { Columns = [new("bi"), new("bi_v7") { Version = 7 }] }, values: 0);
        Assert.Empty(await IndexKeysAsync(node));
        await cipher.PrepareAsync(1, Token);
        Assert.Equal([1, 7], await IndexKeysAsync(node));

        node.Store.Unreachable = true;
        using var loads = new SynchronousLoads(node.Name);
        Assert.NotEqual(cipher.BlindIndex("x", "bi"), cipher.BlindIndex("x", "bi_v7"));

        // Its lease is renewed from the cache.
        byte[]? value = cipher.BlindIndex("x", "bi");
        node.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(value, cipher.BlindIndex("x", "bi"));
        Assert.Equal(0, loads.Count);
    }

    [Fact]
    public async Task Index_OfACipherPreparedForNoValues_CanBeAskedAndNotStored()
    {
        using var node = new TestNode();
        byte[]? stored;
        using (var writer = await CipherAsync<string>(node, s_whole))
        {
            stored = writer.BlindIndex("x");
        }

        using var cipher = await CipherAsync<string>(node, s_whole, values: 0);
        using var loads = new SynchronousLoads(node.Name);
        Assert.Equal(stored, cipher.BlindIndex("x", use: IndexUse.Query));
        foreach (var store in (Action[])[() => cipher.BlindIndex("x"), () => cipher.TryBlindIndex("x", new byte[32], out _)])
        {
            Assert.Contains("PrepareAsync", Assert.Throws<ColumnCryptException>(store).Message, StringComparison.Ordinal);
        }

        using var ofNobody = await CipherAsync<string>(node, s_whole, values: 0, tenant: "nobody");
        Assert.NotEqual(ofNobody.BlindIndex("x", use: IndexUse.Query), ofNobody.BlindIndex("x", use: IndexUse.Query));
        Assert.Equal(0, loads.Count);
        Assert.Null((await node.Tables.ReadTenantAsync("nobody", Token)).Tenant);
        await cipher.PrepareAsync(1, Token);
        Assert.Equal(stored, cipher.BlindIndex("x"));
    }

    [Fact]
    public async Task CipherThatOnlyDecrypts_NeedsNoIndexKey()
    {
        using var node = new TestNode();
        byte[] value = await node.EncryptAsync("acme", "x", Purpose);
        using var cipher = await CipherAsync<string>(node, s_whole, values: 0);
        node.Store.Unreachable = true;
        using var loads = new SynchronousLoads(node.Name);
        node.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("x", cipher.Decrypt(value));
        Assert.Equal(0, loads.Count);
    }

    [Fact]
    public async Task Index_ThatWasNotDeclared_IsRefused()
    {
        using var node = new TestNode();
        using var none = await CipherAsync<string>(node, new());
        using var two = await CipherAsync<string>(node, new() { Columns = [new("Email_bi"), new("Email_domain") { Kind = "domain" }] });
        Assert.Throws<EncryptionModelException>(() => none.BlindIndex("x"));
        Assert.Throws<EncryptionModelException>(() => none.Tokens("x", "Email_bi"));
        Assert.Contains("Email_bi, Email_domain", Assert.Throws<EncryptionModelException>(() => two.BlindIndex("x")).Message, StringComparison.Ordinal);
        Assert.Contains("'Email_v2'", Assert.Throws<EncryptionModelException>(() => two.BlindIndex("x", "Email_v2")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Declaration_ThatCannotBe_IsRefusedBeforeAnythingIsDone()
    {
        using var node = new TestNode();
        await RefusedAsync<string>("prefix:0", new() { Columns = [new("x") { Kind = "prefix:0" }] });
        await RefusedAsync<string>("'x'", new() { Columns = [new("x"), new("x") { Version = 2 }] });
        await RefusedAsync<string>("mine@1", new() { Columns = [new("x") { Normaliser = "mine@1" }] });
        await RefusedAsync<string>("words", new() { Columns = [new("x") { Kind = "word" }] });
        await RefusedAsync<string>("AllowSmallDomain", new() { Columns = [new("x"), new("y") { Kind = "last4" }] });
        await RefusedAsync<DayOfWeek>("AllowSmallDomain", s_whole);
        await RefusedAsync<string>("PrefixFrom", new() { Tokens = [new("t")] });
        await RefusedAsync<string>("PrefixFrom", new() { Tokens = [new("t") { PrefixFrom = 3, Words = true }] });
        await RefusedAsync<string>("prefix:65", new() { Tokens = [new("t") { PrefixFrom = 3, PrefixTo = int.MaxValue }] });
        await RefusedAsync<int>("Int32", new() { Tokens = [new("t") { Words = true }] });
        Assert.Null((await node.Tables.ReadTenantAsync("acme", Token)).Tenant);
        using var allowed = await CipherAsync<DayOfWeek>(node, s_whole with { AllowSmallDomain = "a test" });
        Assert.NotEqual(allowed.BlindIndex(DayOfWeek.Monday), allowed.BlindIndex(DayOfWeek.Friday));

        async Task RefusedAsync<T>(string because, ColumnIndexes indexes) =>
            Assert.Contains(because, (await Assert.ThrowsAsync<EncryptionModelException>(async () => await CipherAsync<T>(node, indexes))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Index_OfAShreddedTenantOrADisposedCipher_IsRefused()
    {
        using var node = new TestNode();
        var cipher = await CipherAsync<string>(node, s_whole);
        await node.Instance.Keys.ShredNowAsync("acme");
        Assert.Throws<TenantShreddedException>(() => cipher.BlindIndex("x"));
        Assert.Throws<TenantShreddedException>(() => cipher.TryBlindIndex("x", new byte[32], out _));
        cipher.Dispose();
        Assert.Throws<ObjectDisposedException>(() => cipher.BlindIndex("x"));
    }

    [Fact]
    public async Task TryBlindIndex_AllocatesNothing_AndBlindIndexItsResultAlone()
    {
        using var node = new TestNode();
        byte[] buffer = new byte[32];
        await NothingAsync("somebody@example.org", new("bi"));
        await NothingAsync(new string('x', 5_000), new("bi"));
        await NothingAsync("somebody@example.org", new("domain") { Kind = "domain" });
        await NothingAsync("somebody@example.org", new("last4") { Kind = "last4", Bits = 20 });
        await NothingAsync("in-its-form", new("form") { Normaliser = BlindIndexNormaliser.CaseInsensitive });
        await NothingAsync(new DateOnly(1990, 5, 6), new("year") { Kind = "year" });
        await NothingAsync((DateOnly?)new DateOnly(1990, 5, 6), new("year") { Kind = "year" });
        await NothingAsync(42, new("bi"));
        await NothingAsync((int?)42, new("bi"));
        await NothingAsync(42.50m, new("bi"));
        await NothingAsync((decimal?)42.50m, new("bi"));
        await NothingAsync(DateTime.UnixEpoch, new("bi"));
        await NothingAsync((DateTimeOffset?)DateTimeOffset.UnixEpoch, new("bi"));
        await NothingAsync(Guid.NewGuid(), new("bi"));

        async Task NothingAsync<T>(T value, ColumnIndex index)
        {
            using var cipher = await CipherAsync<T>(node, new() { Columns = [new("other") { Kind = "year" }, index] });
            long allocated = Allocation.Of(() => cipher.TryBlindIndex(value, buffer, out _, index.Column));
            Assert.True(allocated == 0, $"{typeof(T)}, {index}: {allocated} bytes");
            int size = cipher.BlindIndex(value, index.Column)!.Length;
            Assert.Equal(Allocation.Of(() => GC.KeepAlive(new byte[size])), Allocation.Of(() => GC.KeepAlive(cipher.BlindIndex(value, index.Column))));
        }
    }

    private static async Task SameAsync<T>(string kind, string normaliser, int version, int bits, T value)
    {
        using var node = new TestNode();
        using var cipher = await CipherAsync<T>(node, new() { Columns = [new("index") { Kind = kind, Normaliser = normaliser, Version = version, Bits = bits }] });
        using var lease = await node.Instance.AcquireRingAsync("acme", 0, new IndexVersions([], [version]), Token);
        var definition = new IndexDefinition(Purpose, kind, normaliser, version, bits);
        byte[]? expected = lease.Index(definition, value, ValueCodecs.For<T>(), IndexUse.Query);
        Assert.Equal(expected, cipher.BlindIndex(value));
        Assert.Equal(expected, cipher.BlindIndex(value, "index", IndexUse.Query));
        byte[] buffer = new byte[40];
        Assert.True(cipher.TryBlindIndex(value, buffer, out int written));
        Assert.Equal(expected ?? [], buffer.AsSpan(0, written));
        Assert.Equal(-1, buffer.AsSpan(written).IndexOfAnyExcept((byte)0));
        if (expected is not null)
        {
            Assert.Equal(definition.Size, written);
            Assert.False(cipher.TryBlindIndex(value, buffer.AsSpan(0, written - 1), out int none));
            Assert.Equal(0, none);
        }
    }

    private static ValueTask<ColumnCipher<T>> CipherAsync<T>(TestNode node, ColumnIndexes indexes, long values = 1, string tenant = "acme") =>
        node.Instance.GetCipherAsync<T>(tenant, Purpose, values, indexes: indexes, cancellationToken: Token);

    private static async Task<List<int>> IndexKeysAsync(TestNode node) =>
        [.. (await node.Tables.ReadTenantAsync("acme", Token)).Keys.Where(static key => key.Kind == KeyKind.Index).Select(static key => key.Version).Order()];
}
