using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text;
using ColumnCrypt.Adopting;
using ColumnCrypt.Format;
using ColumnCrypt.Manifest;
using Xunit;

namespace ColumnCrypt.Store.Tests.Stepping;

/// <summary>Plaintext that stands in the database in a form of the application's own, of every type that has a codec.</summary>
public sealed class PlainFormTests
{
    // The canonical form of a date and time keeps 100 ns.
    private const string RoundTrip = "O";

    public static TheoryData<string> Databases => Ward.Databases;

    [Theory, MemberData(nameof(Databases))]
    public async Task EveryType_ThroughAConversionOfTheApplications_IsAdoptedAndGivenBackAsItWas(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        Own[] all =
        [
            Of("Grüße \U0001F600", static text => text, static text => text), Of<byte[]>([0, 1, 255], Convert.FromHexString, Convert.ToHexString), Of(true, static text => text == "yes", static v => v ? "yes" : "no"),
            Of<sbyte>(-128), Of<byte>(255), Of(short.MinValue), Of(ushort.MaxValue), Of(int.MinValue), Of(uint.MaxValue), Of(long.MinValue), Of(ulong.MaxValue), Of(Int128.MinValue), Of(UInt128.MaxValue),
            Of((Half)0.5, "R"), Of(float.Epsilon, "R"), Of(double.NegativeZero, "R"), Of(79228162514264337593543950335m), Of(BigInteger.Pow(-7, 99)), Of('ß', static text => text[0], static v => v.ToString()),
            Of(Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e")), Of(new DateOnly(1936, 2, 29), RoundTrip), Of(new TimeOnly(23, 59, 58, 123, 456), RoundTrip), Of(TimeSpan.FromTicks(-1)),
            Of(new DateTime(2026, 11, 30, 1, 2, 3, 4, 5, DateTimeKind.Utc), static text => DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind), static v => v.ToString(RoundTrip, CultureInfo.InvariantCulture)),
            Of(new DateTimeOffset(2026, 11, 30, 1, 2, 3, TimeSpan.FromHours(5.5)), RoundTrip), Of(new Uri("https://example.org/a?b=c"), static text => new Uri(text), static v => v.OriginalString),
            Of(IPAddress.Parse("2001:db8::1"), IPAddress.Parse, static v => v.ToString()), Of(DayOfWeek.Friday, Enum.Parse<DayOfWeek>, static v => v.ToString()),
            Of<int?>(7, static text => int.Parse(text, CultureInfo.InvariantCulture), static v => v!.Value.ToString(CultureInfo.InvariantCulture)),
            new(PlainForm.Of(ValueCodecs.For<string>(), static raw => Encoding.UTF8.GetString([.. ((byte[])raw).Reverse()]), static text => Encoding.UTF8.GetBytes(text).Reverse().ToArray()), "text", new byte[] { 98, 97 }, IsBytes: true),
        ];
        await MakeAsync(ward, all);
        object?[] before = await PlainAsync(ward, all);

        await EachAsync(ward, all, AdoptStep.Adopt, AdoptionState.Verified);
        await Task.Delay(1_100);
        await EachAsync(ward, all, AdoptStep.Complete, AdoptionState.Encrypted);
        await Task.Delay(1_100);
        await EachAsync(ward, all, AdoptStep.Clear, AdoptionState.Cleared);
        Assert.All(await PlainAsync(ward, all), Assert.Null);
        await Task.WhenAll(Enumerable.Range(0, all.Length).Select(i => StepAsync(ward, all, i, AdoptStep.Back, AdoptionState.Returned)));
        Assert.Equal(before, await PlainAsync(ward, all));
    }

    [Theory, MemberData(nameof(Databases))]
    public async Task Column_OfAnOwnForm_IsRefusedWithoutIt_AndWithThatOfAnotherType(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        Own[] all = [Of(DayOfWeek.Friday, Enum.Parse<DayOfWeek>, static v => v.ToString())];
        await MakeAsync(ward, all);

        var without = await Assert.ThrowsAsync<KeyStateException>(() => ward.Instance.Keys.AdoptAsync(new AdoptOptions("things.c0"), ward.Data));
        Assert.Contains("AdoptOptions.Form", without.Message, StringComparison.Ordinal);
        var other = await Assert.ThrowsAsync<KeyStateException>(() => ward.Instance.Keys.AdoptAsync(new AdoptOptions("things.c0") { Form = Of(1L).Form }, ward.Data));
        Assert.Contains("'i64'", other.Message, StringComparison.Ordinal);
    }

    // Whatever a conversion throws, and whatever its message holds.
    [Theory, MemberData(nameof(Databases))]
    public async Task Row_ThatTheConversionRefuses_IsNamedAndLeft_WithoutItsValue(string database)
    {
        await using var ward = await Ward.CreateAsync(database);
        var known = new Dictionary<string, int> { ["<one>"] = 1 };
        var form = PlainForm.Of(ValueCodecs.For<int>(), raw => known[(string)raw], value => known.Single(pair => pair.Value == value).Key);
        await MakeAsync(ward, [new(form, "i32", "<one>")]);
        await ward.ExecuteAsync("INSERT INTO things (id, p0) VALUES (3, 'canary')");

        var result = await ward.Instance.Keys.AdoptAsync(new AdoptOptions("things.c0") { Form = form }, ward.Data);
        Assert.Equal((AdoptionState.Dual, 2), (result.State, result.Changed));
        var failure = Assert.Single(result.Failures);
        Assert.Contains("3", failure.Row, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", failure.Reason, StringComparison.Ordinal);

        known["canary"] = 2;
        Assert.Equal(AdoptionState.Verified, (await ward.Instance.Keys.AdoptAsync(new AdoptOptions("things.c0") { Form = form }, ward.Data)).State);

        // On the way back too.
        await Task.Delay(1_100);
        await ward.Instance.Keys.AdoptAsync(new AdoptOptions("things.c0") { Form = form, Step = AdoptStep.Complete }, ward.Data);
        await ward.ExecuteAsync("UPDATE things SET p0 = NULL");
        known.Remove("canary");
        var back = await ward.Instance.Keys.AdoptAsync(new AdoptOptions("things.c0") { Form = form, Step = AdoptStep.Back, Reason = "a test" }, ward.Data);
        Assert.Equal((AdoptionState.Returning, 1), (back.State, back.Changed));
        Assert.Contains("3", Assert.Single(back.Failures).Row, StringComparison.Ordinal);
        Assert.Equal(2, await ward.CountAsync("SELECT count(*) FROM things WHERE length(c0) > 0"));
    }

    private static Own Of<T>(T value, string? format = null)
        where T : IParsable<T>, IFormattable => Of(value, static text => T.Parse(text, CultureInfo.InvariantCulture), v => v.ToString(format, CultureInfo.InvariantCulture));

    private static Own Of<T>(T value, Func<string, T> parse, Func<T, string> write) =>
        new(PlainForm.Of(ValueCodecs.For<T>(), raw => parse(((string)raw)[1..^1]), v => $"<{write(v)}>"), ValueCodecs.For<T>().Name, $"<{write(value)}>");

    private static async Task MakeAsync(Ward ward, Own[] all)
    {
        string empty = ward.IsPostgreSql ? "''" : "x''";
        await ward.ExecuteAsync($"CREATE TABLE things (id integer PRIMARY KEY, {string.Join(", ", all.Select((own, i) => $"p{i} {(own.IsBytes ? ward.Bytes : "text")}, c{i} {ward.Bytes} DEFAULT {empty}"))})");
        await ward.RegisterAsync([.. all.Select((own, i) => ward.Column("things", $"c{i}", own.Codec) with { Adoption = new ColumnAdoption { PlainColumn = $"p{i}", IsConverted = true }.ToJson() })]);
        await ward.ExecuteAsync(
            $"INSERT INTO things (id, {string.Join(", ", all.Select(static (_, i) => $"p{i}"))}) VALUES (1, {string.Join(", ", all.Select(static (_, i) => $"@p{i}"))})",
            [.. all.Select(static (own, i) => ($"p{i}", (object?)own.Plain))]);
        await ward.ExecuteAsync("INSERT INTO things (id) VALUES (2)");
    }

    private static async Task<object?[]> PlainAsync(Ward ward, Own[] all) => Assert.Single(await ward.QueryAsync($"SELECT {string.Join(", ", all.Select(static (_, i) => $"p{i}"))} FROM things WHERE id = 1"));

    private static async Task EachAsync(Ward ward, Own[] all, AdoptStep step, AdoptionState state)
    {
        for (int i = 0; i < all.Length; i++)
        {
            await StepAsync(ward, all, i, step, state);
        }
    }

    private static async Task StepAsync(Ward ward, Own[] all, int i, AdoptStep step, AdoptionState state)
    {
        var result = await ward.Instance.Keys.AdoptAsync(new AdoptOptions($"things.c{i}") { Step = step, Form = all[i].Form, Reason = "a test" }, ward.Data);
        Assert.True((result.State, result.Failures.Count) == (state, 0), $"{all[i].Codec}: {result.State} {(result.Failures is [var first, ..] ? first.Reason : result.NextStep)}");
    }

    private sealed record Own(PlainForm Form, string Codec, object Plain, bool IsBytes = false);
}
