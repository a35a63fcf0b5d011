using System.Text;
using System.Text.Json;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Crypto.Sharing;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Kek.Tests.Shares;

/// <summary>
/// docs/vectors/shares.json was made by make_shares.py, in another language and by other arithmetic, and its shares were joined by a third implementation: npm's
/// <c>shamir</c> 0.7.1.
/// </summary>
public class ShareVectorTests
{
    private static readonly JsonElement s_vectors = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "shares.json"))).RootElement.GetProperty("cases");

    public static TheoryData<string> Cases() => [.. s_vectors.EnumerateArray().Select(static vector => Text(vector, "name"))];

    [Fact]
    public void Vectors_WhenCounted_AreComplete() => Assert.Equal(["2 of 2", "2 of 3", "3 of 5", "5 of 9", "10 of 255"], s_vectors.EnumerateArray().Select(static vector => Text(vector, "name")));

    // SPEC-SHARE-1
    [Theory]
    [MemberData(nameof(Cases))]
    public void Evaluate_WhenTheCoefficientsAreKnown_GivesTheShares(string name)
    {
        var (vector, document) = Case(name);
        var secret = Bytes(vector, "secret");
        var coefficients = vector.GetProperty("coefficients").EnumerateArray().SelectMany(static row => Convert.FromHexString(row.GetString()!)).ToArray();
        var shares = Strings(vector, "shares");
        int first = ((SharesSeal)document.Seal).Count - shares.Count + 1;
        for (int place = 0; place < shares.Count; place++)
        {
            var share = new byte[32];
            SecretSharing.Evaluate(secret, coefficients, (byte)(first + place), share);
            Assert.Equal(shares[place], Convert.ToHexStringLower(share));
        }
    }

    // SPEC-SHARE-2
    [Theory]
    [MemberData(nameof(Cases))]
    public void Lines_WhenParsedAndWritten_AreThose(string name)
    {
        var (vector, document) = Case(name);
        foreach (var (line, value) in Strings(vector, "lines").Zip(Strings(vector, "shares")))
        {
            using var share = KekShare.Parse(line);
            Assert.Equal(document.Seal, share.Seal);
            Assert.Equal(value, Convert.ToHexStringLower(share.Value));
            Assert.Equal(line, KekShare.Write(share.Seal, share.Index, share.Value));
        }
    }

    // SPEC-SHARE-3
    [Theory]
    [MemberData(nameof(Cases))]
    public void File_WhenItsSharesAreGiven_GivesTheKek(string name)
    {
        var (vector, document) = Case(name);
        var seal = (SharesSeal)document.Seal;
        var lines = Strings(vector, "lines");
        foreach (var subset in (IEnumerable<string>[])[lines.Take(seal.Threshold), lines.TakeLast(seal.Threshold), Enumerable.Reverse(lines)])
        {
            var kek = new byte[32];
            FileKekUnsealing.Open("x", document, static () => throw new InvalidOperationException(), given => KekShares.Of("file:x", [.. subset], given), kek);
            Assert.Equal(Bytes(vector, "kek"), kek);
        }

        Assert.True(seal.IsOf(document.Id, Bytes(vector, "secret")));
        using var local = new LocalKek(document.Id, Bytes(vector, "kek"), PortableAead.Instance);
        Assert.Equal(32 + 45, local.Wrap(new byte[32], new WrapContext(default, "t", default, KeyKind.Data)).Bytes.Length);
    }

    private static (JsonElement Vector, FileKekDocument Document) Case(string name)
    {
        var vector = s_vectors.EnumerateArray().Single(vector => Text(vector, "name") == name);
        return (vector, FileKekJson.Read(Encoding.UTF8.GetBytes(vector.GetProperty("file").GetRawText())));
    }

    private static string Text(JsonElement vector, string name) => vector.GetProperty(name).GetString()!;

    private static byte[] Bytes(JsonElement vector, string name) => Convert.FromHexString(Text(vector, name));

    private static List<string> Strings(JsonElement vector, string name) => [.. vector.GetProperty(name).EnumerateArray().Select(static item => item.GetString()!)];
}
