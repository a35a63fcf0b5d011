using System.Security.Cryptography;

namespace ColumnCrypt.Kek.Tests.Shares;

// SPEC-SHARE-2
public class ShareLineTests
{
    private static readonly SharesSeal s_seal = new("0123456789ab", 3, 5);

    [Fact]
    public void Line_WhenWritten_IsOfItsForm() =>
        Assert.Matches("^CCS1(-[0-9A-HJKMNP-TV-Z]{6}){12}$", KekShare.Write(s_seal, 2, RandomNumberGenerator.GetBytes(32)));

    [Theory]
    [InlineData("lower")]
    [InlineData("blanks")]
    [InlineData("together")]
    [InlineData("line end")]
    [InlineData("look-alikes")]
    public void Parse_WhenTypedOtherwise_ReadsTheSame(string how)
    {
        for (int round = 0; round < 50; round++)
        {
            var value = RandomNumberGenerator.GetBytes(32);
            string line = KekShare.Write(s_seal, 2, value);
            using var share = KekShare.Parse(how switch
            {
                "lower" => line.ToLowerInvariant(),
                "blanks" => "  " + line.Replace('-', ' '),
                "together" => line.Replace("-", "", StringComparison.Ordinal),
                "line end" => line + "\r\n",
                _ => "CCS1" + line[4..].Replace('0', round % 2 == 0 ? 'O' : 'o').Replace('1', "ILil"[round % 4]),
            });
            Assert.Equal((s_seal, 2), (share.Seal, share.Index));
            Assert.Equal(value, share.Value);
        }
    }

    [Fact]
    public void Parse_WhenOneCharacterIsAnother_IsRefused()
    {
        string line = KekShare.Write(s_seal, 2, RandomNumberGenerator.GetBytes(32));
        foreach (int place in Enumerable.Range(4, line.Length - 4).Where(place => line[place] != '-'))
        {
            foreach (char other in "0123456789ABCDEFGHJKMNPQRSTVWXYZU!*".Where(other => other != line[place]))
            {
                var error = Assert.Throws<FormatException>(() => KekShare.Parse(line[..place] + other + line[(place + 1)..]));
                Assert.Contains("misread", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Parse_WhenTwoNeighboursAreSwapped_IsRefused()
    {
        string text = KekShare.Write(s_seal, 2, RandomNumberGenerator.GetBytes(32)).Replace("-", "", StringComparison.Ordinal);
        foreach (int place in Enumerable.Range(4, text.Length - 5).Where(place => text[place] != text[place + 1]))
        {
            Assert.Throws<FormatException>(() => KekShare.Parse(text[..place] + text[place + 1] + text[place] + text[(place + 2)..]));
        }
    }

    [Theory]
    [InlineData("", "does not begin with CCS1")]
    [InlineData("CCS2-000000", "newer ColumnCrypt")]
    [InlineData("CCS1", "has 0 characters")]
    [InlineData("CCS1-000000-000000", "has 12 characters")]
    public void Parse_WhenItIsNoLine_SaysWhy(string line, string why) => Assert.Contains(why, Assert.Throws<FormatException>(() => KekShare.Parse(line)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(1, 5, 2)]
    [InlineData(6, 5, 2)]
    [InlineData(3, 5, 6)]
    [InlineData(3, 5, 0)]
    public void Parse_WhenTheLineSaysWhatCannotBe_IsRefused(int threshold, int count, int index)
    {
        string line = KekShare.Write(new SharesSeal("0123456789ab", threshold, count), index, new byte[32]);
        Assert.Contains("cannot be", Assert.Throws<FormatException>(() => KekShare.Parse(line)).Message, StringComparison.Ordinal);
    }
}
