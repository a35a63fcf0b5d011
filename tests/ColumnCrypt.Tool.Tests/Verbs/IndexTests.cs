using ColumnCrypt.Tool.Tests.Support;

namespace ColumnCrypt.Tool.Tests.Verbs;

public sealed class IndexTests
{
    [Fact]
    public async Task Plan_WhenGivenCounts_ProposesBitsAndBucketsWithItsReasons_WithoutStoreOrKek()
    {
        using var jo = new Operator();
        jo.Configure("{}");
        var view = (await jo.RunAsync("index", "plan", "--rows", "50000", "--distinct", "900", "--most-frequent", "1200", "--json")).IsDone().Json;
        Assert.Equal((5, 224, true), ((int)view["bits"]!, (int)view["buckets"]!, (bool)view["isSlow"]!));
        Assert.InRange((double)view["prominence"]!, 1, 2);
        Assert.Equal(7, view["reasons"]!.AsArray().Count);

        string text = (await jo.RunAsync("index", "plan", "--rows", "50000", "--distinct", "40000", "--other-bits", "4")).IsDone().Output;
        Assert.Matches("bits +10\n", text);
        Assert.Contains("4 bits of other indexes are taken off", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_WhenNoBitHidesTheValues_SaysSo()
    {
        using var jo = new Operator();
        var view = (await jo.RunAsync("index", "plan", "--rows", "1000", "--distinct", "2", "--json")).IsDone().Json;
        Assert.Null(view["bits"]);
        Assert.Null(view["buckets"]);
        Assert.Contains("No truncated index hides these values", view["reasons"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--rows", "5", "--distinct", "9")]
    [InlineData("--rows", "0", "--distinct", "1")]
    [InlineData("--rows", "10")]
    [InlineData("--rows", "10", "--distinct", "5", "--most-frequent", "7")]
    public async Task Plan_WhenTheCountsContradictEachOther_IsAnErrorOfUsage(params string[] counts)
    {
        using var jo = new Operator();
        var run = await jo.RunAsync(["index", "plan", .. counts, "--json"]);
        Assert.Equal((2, "usage"), (run.Code, run.ErrorKind));
    }
}
