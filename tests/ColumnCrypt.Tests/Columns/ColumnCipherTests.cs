using ColumnCrypt.Columns;
using ColumnCrypt.Format;
using ColumnCrypt.Tests.Keys;

namespace ColumnCrypt.Tests.Columns;

// ColumnCipher<T>: the values of a column outside Entity Framework. SPEC-VAL-1 SPEC-STATE-4
public sealed class ColumnCipherTests
{
    private const string Purpose = "person.email";

    [Fact]
    public async Task Values_AreThoseOfALease()
    {
        using var node = new TestNode();
        using var cipher = await CipherAsync<string>(node, values: 1);
        Assert.Equal(("acme", Purpose), (cipher.Tenant, cipher.Purpose));
        Assert.Equal("written by it", await node.DecryptAsync("acme", cipher.Encrypt("written by it"), Purpose));
        Assert.Equal("read by it", cipher.Decrypt(await node.EncryptAsync("acme", "read by it", Purpose)));
    }

    [Fact]
    public async Task TryEncrypt_OfEveryCodec_IsWhatEncryptIs()
    {
        using var node = new TestNode();
        await SameAsync(node, "ünïcode 🔑");
        await SameAsync(node, "");
        await SameAsync(node, new byte[] { 1, 2, 3 });
        await SameAsync(node, 42);
        await SameAsync(node, 42.5m);
        await SameAsync(node, Guid.NewGuid());
        await SameAsync(node, new DateOnly(1815, 12, 10));
        await SameAsync(node, DayOfWeek.Friday);
        await SameAsync(node, (DateOnly?)new DateOnly(1815, 12, 10));
        await SameAsync(node, new Uri("https://example.org/a"));
        await SameAsync<List<int>>(node, [1, 2, 3]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(44)]
    [InlineData(45)]
    [InlineData(45 + 8)]
    public async Task TryEncrypt_WhereItDoesNotFit_LeavesNothingOfThePlaintext(int size)
    {
        using var node = new TestNode();
        using var cipher = await CipherAsync<string>(node, values: 1);
        byte[] destination = new byte[size];
        Assert.False(cipher.TryEncrypt("plaintext", destination, out int written));
        Assert.Equal(0, written);
        Assert.Equal(-1, destination.AsSpan().IndexOf("plain"u8));
    }

    [Fact]
    public async Task TryEncrypt_WithoutAnEncoding_LeavesNothingOfThePlaintext()
    {
        using var node = new TestNode();
        using var cipher = await CipherAsync<string>(node, values: 1);
        byte[] destination = new byte[100];
        Assert.Throws<ColumnCryptException>(() => cipher.TryEncrypt("plaintext \ud800", destination, out _));
        Assert.Equal(-1, destination.AsSpan().IndexOf("plain"u8));
    }

    [Fact]
    public async Task TryEncrypt_AllocatesNothing_AndEncryptItsResultAlone()
    {
        using var node = new TestNode();
        using var cipher = await CipherAsync<string>(node, values: 100_000);
        byte[] buffer = new byte[200];
        Assert.Equal(0, Allocation.Of(() => cipher.TryEncrypt("somebody@example.org", buffer, out _)));
        using var numbers = await CipherAsync<decimal>(node, values: 10_000);
        Assert.Equal(0, Allocation.Of(() => numbers.TryEncrypt(42.5m, buffer, out _)));
        byte[] value = cipher.Encrypt("somebody@example.org");
        Assert.Equal(Allocation.Of(() => GC.KeepAlive(new byte[value.Length])), Allocation.Of(() => GC.KeepAlive(cipher.Encrypt("somebody@example.org"))));
        Assert.Equal(Allocation.Of(() => GC.KeepAlive(new string('x', 20))), Allocation.Of(() => GC.KeepAlive(cipher.Decrypt(value))));
    }

    [Fact]
    public async Task Batches_KeepNullsAndOrder()
    {
        using var node = new TestNode();
        using var cipher = await CipherAsync<string>(node, values: 4);
        string?[] texts = ["a", null, "", "d"];
        byte[]?[] values = new byte[]?[4];
        cipher.Encrypt(texts, values);
        Assert.Null(values[1]);
        string?[] read = new string?[4];
        cipher.Decrypt(values, read);
        Assert.Equal(texts, read);
        Assert.Throws<ArgumentNullException>(() => cipher.Encrypt((string)null!));
        Assert.Throws<ArgumentException>(() => cipher.Encrypt(texts, new byte[]?[3]));
        Assert.Throws<ArgumentException>(() => cipher.Decrypt(values, new string?[5]));
    }

    [Fact]
    public async Task OtherColumnOrTenant_IsRefused()
    {
        using var node = new TestNode();
        using var cipher = await CipherAsync<string>(node, values: 1);
        await node.EncryptAsync("other", "x");
        byte[] ofOtherColumn = await node.EncryptAsync("acme", "x", "person.phone");
        byte[] ofOtherTenant = await node.EncryptAsync("other", "x", Purpose);
        Assert.Throws<CiphertextInvalidException>(() => cipher.Decrypt(ofOtherColumn));
        Assert.Throws<TenantMismatchException>(() => cipher.Decrypt(ofOtherTenant));
    }

    [Fact]
    public async Task LongLivedCipher_OfAKekThatRefuses_EndsAndGoesOnAfterwards()
    {
        using var node = new TestNode();
        using var cipher = await CipherAsync<string>(node, values: 10);
        byte[] value = cipher.Encrypt("x");
        node.Kek.Failure = Kek.KekFailure.Denied;
        await node.RefreshedAsync("acme");
        Assert.Throws<KeyUnavailableException>(() => cipher.Decrypt(value));
        Assert.Throws<KeyUnavailableException>(() => cipher.Encrypt("y"));
        node.Kek.Failure = null;
        await cipher.PrepareAsync(1, TestContext.Current.CancellationToken);
        Assert.Equal("x", cipher.Decrypt(value));
    }

    [Fact]
    public async Task LongLivedCipher_OfAKekThatNeverAnswers_EndsWithTheStaleLimit()
    {
        using var node = new TestNode();
        using var cipher = await CipherAsync<string>(node, values: 10);
        byte[] value = cipher.Encrypt("x");
        node.Kek.Failure = Kek.KekFailure.Unavailable;
        node.Time.Advance(TimeSpan.FromMinutes(50));
        Assert.Equal("x", cipher.Decrypt(value));
        node.Time.Advance(TimeSpan.FromMinutes(20));
        Assert.Throws<KeyUnavailableException>(() => cipher.Decrypt(value));
        Assert.Throws<KeyUnavailableException>(() => cipher.Encrypt("y"));
    }

    [Fact]
    public async Task ShreddedTenant_IsShreddedForALivingCipher()
    {
        using var node = new TestNode();
        using var cipher = await CipherAsync<string>(node, values: 10);
        byte[] value = cipher.Encrypt("x");
        await node.Instance.Keys.ShredNowAsync("acme");
        Assert.Throws<TenantShreddedException>(() => cipher.Decrypt(value));
        Assert.ThrowsAny<ColumnCryptException>(() => cipher.Encrypt("y"));
    }

    [Fact]
    public async Task Cipher_AfterDisposal_IsRefused()
    {
        using var node = new TestNode();
        var cipher = await CipherAsync<string>(node, values: 1);
        byte[] value = cipher.Encrypt("x");
        cipher.Dispose();
        cipher.Dispose();
        Assert.Throws<ObjectDisposedException>(() => cipher.Encrypt("y"));
        Assert.Throws<ObjectDisposedException>(() => cipher.Decrypt(value));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await cipher.PrepareAsync(1, TestContext.Current.CancellationToken));
    }

    private static async Task SameAsync<T>(TestNode node, T value)
    {
        using var cipher = await CipherAsync<T>(node, values: 2);
        byte[] buffer = new byte[200];
        Assert.True(cipher.TryEncrypt(value, buffer, out int written));
        Assert.Equal(cipher.Encrypt(value).Length, written);
        Assert.Equal(value, cipher.Decrypt(buffer.AsSpan(0, written)));
        Assert.True(cipher.TryEncrypt(value, buffer.AsSpan(0, written), out int again));
        Assert.Equal(written, again);
        Assert.False(cipher.TryEncrypt(value, buffer.AsSpan(0, written - 1), out _));
    }

    private static ValueTask<ColumnCipher<T>> CipherAsync<T>(TestNode node, long values) =>
        node.Instance.GetCipherAsync<T>("acme", Purpose, values, cancellationToken: TestContext.Current.CancellationToken);
}
