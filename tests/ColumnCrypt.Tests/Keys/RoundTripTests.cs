using System.Buffers;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Tests.Keys;

// Must hold 3. SPEC-VAL-2 SPEC-VAL-3 SPEC-VAL-5 SPEC-STATE-5
public sealed class RoundTripTests : IDisposable
{
    private readonly TestNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Value_WhenEncrypted_DecryptsAndHidesThePlaintext()
    {
        byte[] value = await _node.EncryptAsync("acme", "Zoë Ångström");

        Assert.Equal(ValueFrame.Suite1, value[0]);
        Assert.Equal(45 + 15, value.Length);
        Assert.Equal(-1, value.AsSpan().IndexOf("Zoë"u8));
        Assert.Equal("Zoë Ångström", await _node.DecryptAsync("acme", value));
    }

    // Long texts are encoded elsewhere before they are encrypted into the result.
    [Theory]
    [InlineData("x")]
    [InlineData("ë")]
    [InlineData("漢")]
    [InlineData("😀")]
    public async Task Text_OfAnyLength_DecryptsAndIsAsLongAsItsEncoding(string part)
    {
        using var lease = await _node.Instance.AcquireRingAsync("acme", 100, default);
        foreach (int length in (int[])[1_024, 2_047, 2_048, 2_049, 16_384, 64 * 1_024, (64 * 1_024) + 1])
        {
            string text = string.Concat(Enumerable.Repeat(part, length / part.Length));
            byte[] value = lease.Encrypt("patient.name", text, ValueCodecs.For<string>());
            Assert.Equal(45 + System.Text.Encoding.UTF8.GetByteCount(text), value.Length);
            Assert.Equal(-1, value.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(text[..4])));
            Assert.Equal(text, lease.Decrypt("patient.name", value, ValueCodecs.For<string>()));
        }
    }

    [Fact]
    public async Task Text_ThatIsLong_LeavesNothingInPooledMemory()
    {
        using var lease = await _node.Instance.AcquireRingAsync("acme", 100, default);
        string text = new('s', 5_000);

        // The pool hands a thread the array that it has given back last.
        byte[] rented = ArrayPool<byte>.Shared.Rent(3 * text.Length);
        ArrayPool<byte>.Shared.Return(rented);
        Array.Clear(rented);
        lease.Encrypt("patient.name", text, ValueCodecs.For<string>());
        AssertClear();
        Assert.Throws<ColumnCryptException>(() => lease.Encrypt("patient.name", text + "\ud800", ValueCodecs.For<string>()));
        AssertClear();

        void AssertClear()
        {
            Assert.Same(rented, ArrayPool<byte>.Shared.Rent(3 * text.Length));
            Assert.DoesNotContain((byte)'s', rented);
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    [Fact]
    public async Task Value_WhenEncryptedTwice_Differs() =>
        Assert.NotEqual(await _node.EncryptAsync("acme", "same"), await _node.EncryptAsync("acme", "same"));

    [Fact]
    public async Task Value_WhenAnyByteIsFlipped_IsRefusedWithATypedError()
    {
        byte[] value = await _node.EncryptAsync("acme", "123-45-6789");
        using var lease = await _node.Instance.AcquireRingAsync("acme", 0, default);
        for (int i = 0; i < value.Length; i++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] changed = [.. value];
                changed[i] ^= (byte)(1 << bit);
                Assert.Throws<CiphertextInvalidException>(() => lease.Decrypt("patient.name", changed, ValueCodecs.For<string>()));
            }
        }
    }

    [Fact]
    public async Task Value_WhenCutOrExtended_IsRefused()
    {
        byte[] value = await _node.EncryptAsync("acme", "123-45-6789");
        using var lease = await _node.Instance.AcquireRingAsync("acme", 0, default);
        for (int size = 0; size < value.Length; size++)
        {
            Assert.Throws<CiphertextInvalidException>(() => lease.Decrypt("patient.name", value.AsSpan(0, size), ValueCodecs.For<string>()));
            Assert.Throws<CiphertextInvalidException>(() => lease.Decrypt("patient.name", value.AsSpan(value.Length - size), ValueCodecs.For<string>()));
        }

        Assert.Throws<CiphertextInvalidException>(() => lease.Decrypt("patient.name", [.. value, 0], ValueCodecs.For<string>()));
        Assert.Throws<CiphertextInvalidException>(() => lease.Decrypt("patient.name", [.. value, .. value], ValueCodecs.For<string>()));
    }

    [Fact]
    public async Task Value_WhenCopiedFromAnotherColumn_IsRefused()
    {
        byte[] value = await _node.EncryptAsync("acme", "secret", "patient.ssn");
        await Assert.ThrowsAsync<CiphertextInvalidException>(() => _node.DecryptAsync("acme", value));
    }

    [Fact]
    public async Task Value_WhenCopiedFromAnotherTenant_IsRefusedAsAMismatch()
    {
        byte[] value = await _node.EncryptAsync("acme", "secret");
        await _node.EncryptAsync("beta", "other");
        await Assert.ThrowsAsync<TenantMismatchException>(() => _node.DecryptAsync("beta", value));
    }

    // SECURITY.md: what suite 1 does not detect.
    [Fact]
    public async Task Value_WhenCopiedBetweenRowsOfOneColumnAndTenant_IsNotDetected()
    {
        byte[] ofRowOne = await _node.EncryptAsync("acme", "row one");
        Assert.Equal("row one", await _node.DecryptAsync("acme", ofRowOne));
    }

    [Fact]
    public async Task Value_WhenOfAnUnknownSuite_IsRefusedAndSaysSo()
    {
        byte[] value = await _node.EncryptAsync("acme", "x");
        value[0] = 0xC2;
        var error = await Assert.ThrowsAsync<CiphertextInvalidException>(() => _node.DecryptAsync("acme", value));
        Assert.Contains("suite 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Value_WhenTheTypeOfThePropertyChanged_SaysSo()
    {
        byte[] value = await _node.EncryptAsync("acme", "x");
        using var lease = await _node.Instance.AcquireRingAsync("acme", 0, default);
        var error = Assert.Throws<CiphertextInvalidException>(() => lease.Decrypt("patient.name", value, ValueCodecs.For<int>()));
        Assert.Contains("type of the property", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Value_WhenItsKeyIsNobodys_IsRefusedAndTheMissIsRemembered()
    {
        byte[] value = await _node.EncryptAsync("acme", "x");
        value[3] ^= 1;
        await Assert.ThrowsAsync<CiphertextInvalidException>(() => _node.DecryptAsync("acme", value));
        int reads = _node.Store.TenantReads;
        _node.Store.Unreachable = true;
        await Assert.ThrowsAsync<CiphertextInvalidException>(() => _node.DecryptAsync("acme", value));
        Assert.Equal(reads, _node.Store.TenantReads);
    }

    [Fact]
    public async Task Value_WhenLargerThan64MiB_IsRefused()
    {
        using var lease = await _node.Instance.AcquireRingAsync("acme", 1, default);
        Assert.Throws<ColumnCryptException>(() => lease.Encrypt("p", new byte[ValueFrame.MaxPlaintextSize + 1], ValueCodecs.For<byte[]>()));
    }

    [Fact]
    public async Task Value_OfSeveralMegabytes_RoundTripsAndCountsAsManyUses()
    {
        byte[] large = new byte[5 * 1024 * 1024];
        new Random(1).NextBytes(large);
        using var lease = await _node.Instance.AcquireRingAsync("acme", UseBudget.UsesOf(large.Length), default);
        byte[] value = lease.Encrypt("p", large, ValueCodecs.For<byte[]>());
        Assert.Equal(large, lease.Decrypt("p", value, ValueCodecs.For<byte[]>()));
        Assert.Equal(80, UseBudget.UsesOf(large.Length));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(65536, 1)]
    [InlineData(65537, 2)]
    public void Use_Is64KiBBegun(int size, long uses) => Assert.Equal(uses, UseBudget.UsesOf(size));

    [Fact]
    public async Task Read_OfATenantWithoutKeys_WritesNothing()
    {
        using var node = new TestNode();
        using var lease = await node.Instance.AcquireRingAsync("nobody", 0, default);
        var rows = await node.Tables.ReadTenantAsync("nobody", default);
        Assert.Null(rows.Tenant);
        Assert.Empty((await node.Tables.ReadTenantAsync("", default)).Keys);
        Assert.Equal(0, node.Kek.Wraps);
    }

    [Fact]
    public async Task TenantIds_AreComparedByteByByte()
    {
        byte[] value = await _node.EncryptAsync("Acme", "x");
        await _node.EncryptAsync("acme", "y");
        await _node.EncryptAsync("\u00e9", "composed");
        await _node.EncryptAsync("e\u0301", "decomposed");
        await Assert.ThrowsAsync<TenantMismatchException>(() => _node.DecryptAsync("acme", value));
        Assert.Single(await _node.Instance.Keys.ListKeysAsync("\u00e9"));
        Assert.Single(await _node.Instance.Keys.ListKeysAsync("e\u0301"));
    }

    [Fact]
    public void TenantId_WhenEmptyTooLongOrOfAnotherType_IsRefused()
    {
        Assert.Throws<TenantNotSetException>(() => TenantId.From(null));
        Assert.Throws<TenantNotSetException>(() => TenantId.From(""));
        Assert.Throws<ArgumentException>(() => TenantId.From(new string('x', 201)));
        Assert.Throws<ArgumentException>(() => TenantId.From(new string('é', 101)));
        Assert.Throws<ArgumentException>(() => TenantId.From("\ud800"));
        Assert.Throws<ArgumentException>(() => TenantId.From(1.5));
        Assert.Equal("0f8fad5b-d9cb-469f-a165-70867728950e", TenantId.From(Guid.Parse("0F8FAD5B-D9CB-469F-A165-70867728950E")));
        Assert.Equal("-42", TenantId.From(-42));
        Assert.Equal("42", TenantId.From(42L));
        Assert.Equal(200, TenantId.From(new string('x', 200)).Length);
    }
}
