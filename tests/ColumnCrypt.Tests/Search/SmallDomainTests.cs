using ColumnCrypt.Search;

namespace ColumnCrypt.Tests.Search;

// SPEC-IDX-9
public sealed class SmallDomainTests
{
    [Theory]
    [InlineData(typeof(bool))]
    [InlineData(typeof(bool?))]
    [InlineData(typeof(byte))]
    [InlineData(typeof(sbyte))]
    [InlineData(typeof(DayOfWeek))]
    [InlineData(typeof(DayOfWeek?))]
    public void Index_OnATypeOfFewValues_IsRefusedUnlessSomebodySaysWhy(Type type)
    {
        Assert.Contains("AllowSmallDomain", SmallDomain.WhyRefused(type, ["eq"], null), StringComparison.Ordinal);
        Assert.NotNull(SmallDomain.WhyRefused(type, ["eq"], " "));
        Assert.Null(SmallDomain.WhyRefused(type, ["eq"], "the flag is public"));
        Assert.Null(SmallDomain.WhyRefused(type, [], null));
        Assert.Null(SmallDomain.WhyRefused(type, ["composite"], null));
        Assert.NotNull(SmallDomain.WhyRefused(type, ["composite", "eq"], null));
    }

    [Theory]
    [InlineData(typeof(string))]
    [InlineData(typeof(short))]
    [InlineData(typeof(char))]
    [InlineData(typeof(Guid))]
    [InlineData(typeof(DateOnly?))]
    public void Index_OnATypeOfManyValues_IsNotRefused(Type type) => Assert.Null(SmallDomain.WhyRefused(type, ["eq"], null));

    [Fact]
    public void EqualityAndLastFour_OnOneProperty_AreRefusedUnlessSomebodySaysWhy()
    {
        Assert.Contains("last four", SmallDomain.WhyRefused(typeof(string), ["eq", "last4"], null), StringComparison.Ordinal);
        Assert.Null(SmallDomain.WhyRefused(typeof(string), ["eq", "last4"], "support asks for it"));
        Assert.Null(SmallDomain.WhyRefused(typeof(string), ["last4"], null));
        Assert.Null(SmallDomain.WhyRefused(typeof(string), ["eq", "prefix:3"], null));
    }
}
