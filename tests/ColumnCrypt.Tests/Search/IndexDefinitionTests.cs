using ColumnCrypt.Search;

namespace ColumnCrypt.Tests.Search;

// SPEC-IDX-1 SPEC-IDX-2 SPEC-IDX-8
public sealed class IndexDefinitionTests
{
    [Theory]
    [InlineData("eq")]
    [InlineData("last4")]
    [InlineData("domain")]
    [InlineData("year")]
    [InlineData("word")]
    [InlineData("prefix:1")]
    [InlineData("prefix:64")]
    [InlineData("bucket:0:1:2")]
    [InlineData("bucket:-0.5:0.001:4096")]
    public void Kind_InItsCanonicalSpelling_IsTaken(string kind) => Assert.Equal(kind, new IndexDefinition("p", kind).Kind);

    [Theory]
    [InlineData("")]
    [InlineData("EQ")]
    [InlineData("eq ")]
    [InlineData("prefix:")]
    [InlineData("prefix:0")]
    [InlineData("prefix:03")]
    [InlineData("prefix:65")]
    [InlineData("prefix:+3")]
    [InlineData("bucket:")]
    [InlineData("bucket:0:1")]
    [InlineData("bucket:0:1:1")]
    [InlineData("bucket:0:1:4097")]
    [InlineData("bucket:0:0:10")]
    [InlineData("bucket:0:-1:10")]
    [InlineData("bucket:0.0:1:10")]
    [InlineData("bucket:-0:1:10")]
    [InlineData("bucket:1e3:1:10")]
    [InlineData("bucket:0:1:10:")]
    [InlineData("like")]
    public void Kind_InAnyOtherSpelling_IsRefused(string kind) => Assert.Throws<EncryptionModelException>(() => new IndexDefinition("p", kind));

    [Theory]
    [InlineData("")]
    [InlineData("ci")]
    [InlineData("ci@0")]
    [InlineData("ci@01")]
    [InlineData("CI@1")]
    [InlineData("ci@1 ")]
    [InlineData("@1")]
    [InlineData("ci@1,ci@1")]
    public void Normaliser_ThatIsNoName_IsRefused(string normaliser) => Assert.Throws<EncryptionModelException>(() => new IndexDefinition("p", "eq", normaliser));

    [Theory]
    [InlineData("", 1, 256)]
    [InlineData("p", 0, 256)]
    [InlineData("p", 1, 0)]
    [InlineData("p", 1, 257)]
    public void Definition_OutOfBounds_IsRefused(string purpose, int version, int bits) =>
        Assert.Throws<EncryptionModelException>(() => new IndexDefinition(purpose, "eq", version: version, bits: bits));

    [Fact]
    public void Purpose_LongerThan200Bytes_IsRefused()
    {
        Assert.Equal(100, new IndexDefinition(new string('ö', 100), "eq").Purpose.Length);
        Assert.Throws<EncryptionModelException>(() => new IndexDefinition(new string('ö', 100) + "x", "eq"));
    }

    [Theory]
    [InlineData("year")]
    [InlineData("bucket:0:1:2")]
    public void Normaliser_OfAKindThatIsNotOfText_IsRefused(string kind) => Assert.Throws<EncryptionModelException>(() => new IndexDefinition("p", kind, "ci@1"));

    [Fact]
    public void Composite_NamesANormaliserForEachPart()
    {
        Assert.Equal("ci@1,none@1", new IndexDefinition("p", "composite", "ci@1,none@1").Normaliser);
        Assert.Throws<EncryptionModelException>(() => new IndexDefinition("p", "composite"));
        Assert.Throws<EncryptionModelException>(() => new IndexDefinition("p", "composite", string.Join(',', Enumerable.Repeat("none@1", 17))));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(8, 1)]
    [InlineData(9, 2)]
    [InlineData(24, 3)]
    [InlineData(255, 32)]
    [InlineData(256, 32)]
    public void Size_IsAsManyBytesAsTheBitsNeed(int bits, int size)
    {
        var index = new IndexDefinition("p", "eq", bits: bits);
        Assert.Equal(size, index.Size);
        Assert.Equal(bits == 256, index.IsFull);
        Assert.Equal(size, IndexValues.Of(new byte[32], index, [1], bits).Length);
    }

    [Fact]
    public void Equality_IsByValue_AndOfEveryField()
    {
        var index = new IndexDefinition("p", "eq", "ci@1", 2, 24);
        Assert.Equal(index, new IndexDefinition("p", "eq", "ci@1", 2, 24));
        Assert.Equal(index.GetHashCode(), new IndexDefinition("p", "eq", "ci@1", 2, 24).GetHashCode());
        Assert.Equal(index.WithVersion(3), new IndexDefinition("p", "eq", "ci@1", 3, 24));
        Assert.All<IndexDefinition>(
            [new("q", "eq", "ci@1", 2, 24), new("p", "last4", "ci@1", 2, 24), new("p", "eq", "none@1", 2, 24), new("p", "eq", "ci@1", 3, 24), new("p", "eq", "ci@1", 2, 25)],
            other => Assert.NotEqual(index, other));
    }

    [Fact]
    public void Values_OfAnotherColumnKindNormaliserOrVersion_AreOthers()
    {
        byte[] key = new byte[32];
        IndexDefinition[] all =
        [
            new("p", "eq"), new("q", "eq"), new("p", "last4"), new("p", "prefix:4"), new("p", "prefix:5"), new("p", "word"), new("p", "domain"), new("p", "eq", "ci@1"),
            new("p", "eq", "ci@2"), new("p", "eq", version: 2), new("peq", "eq"),
        ];
        Assert.Equal(all.Length, all.Select(index => Convert.ToHexString(IndexValues.Of(key, index, "abcd"u8.ToArray()))).Distinct().Count());
        Assert.NotEqual(IndexValues.Of(key, all[0], [1]), IndexValues.Of([.. new byte[31], 1], all[0], [1]));
    }
}
