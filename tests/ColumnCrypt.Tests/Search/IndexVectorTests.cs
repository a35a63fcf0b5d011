using System.Globalization;
using System.Text;
using System.Text.Json;
using ColumnCrypt.Format;
using ColumnCrypt.Search;
using ColumnCrypt.Tests.Vectors;

namespace ColumnCrypt.Tests.Search;

// SPEC-IDX-1 SPEC-IDX-2 SPEC-IDX-3 SPEC-IDX-4 SPEC-IDX-5
public sealed class IndexVectorTests
{
    private static readonly JsonElement s_vectors = VectorFile.Own("columncrypt.json");

    [Fact]
    public void Indexes_OfEveryKind_MeetTheKnownAnswers()
    {
        var index = s_vectors.GetProperty("index");
        byte[] key = index.Hex("indexKey");
        Assert.Equal(31, index.GetProperty("cases").GetArrayLength());
        foreach (var item in index.GetProperty("cases").EnumerateArray())
        {
            var definition = new IndexDefinition(item.Text("purpose"), item.Text("kind"), item.Text("normaliser"), item.GetProperty("version").GetInt32());
            byte[]? message = MessageOf(definition, item.GetProperty("value").EnumerateObject().Single());
            if (item.GetProperty("message").ValueKind == JsonValueKind.Null)
            {
                Assert.Null(message);
                continue;
            }

            Assert.Equal(item.Hex("message"), message);
            Assert.Equal(item.Hex("index"), IndexValues.Of(key, definition, message!));
            foreach (var leftmost in item.GetProperty("leftmost").EnumerateObject())
            {
                int bits = int.Parse(leftmost.Name, CultureInfo.InvariantCulture);
                Assert.Equal(Convert.FromHexString(leftmost.Value.GetString()!), IndexValues.Of(key, definition, message!, bits));
            }
        }
    }

    [Fact]
    public void Normalisers_MeetTheKnownAnswers()
    {
        var cases = s_vectors.GetProperty("normalisers");
        Assert.Equal(55, cases.GetArrayLength());
        foreach (var item in cases.EnumerateArray())
        {
            Assert.Equal(item.Text("form"), IndexValues.Form(item.Text("normaliser"), item.Text("text")));
        }
    }

    [Fact]
    public void Words_MeetTheKnownAnswers()
    {
        var cases = s_vectors.GetProperty("words");
        Assert.Equal(9, cases.GetArrayLength());
        foreach (var item in cases.EnumerateArray())
        {
            Assert.Equal(item.GetProperty("words").EnumerateArray().Select(static word => word.GetString()!), TextWords.Of(item.Text("form")));
        }
    }

    [Fact]
    public void Buckets_MeetTheKnownAnswers()
    {
        var cases = s_vectors.GetProperty("buckets");
        Assert.Equal(41, cases.GetArrayLength());
        foreach (var item in cases.EnumerateArray())
        {
            string kind = item.Text("kind");
            string text = item.Text("value");
            var invariant = CultureInfo.InvariantCulture;
            var index = new IndexDefinition("p", kind);
            byte[]? message = item.Text("type") switch
            {
                "date" => IndexValues.MessageOf(index, DateOnly.FromDayNumber(int.Parse(text, invariant))),
                "decimal" => IndexValues.MessageOf(index, decimal.Parse(text, invariant)),
                "f64" => IndexValues.MessageOf(index, double.Parse(text, invariant)),
                "i64" => IndexValues.MessageOf(index, long.Parse(text, invariant)),
                "datetime" => IndexValues.MessageOf(index, new DateTime(long.Parse(text, invariant))),
                "time" => IndexValues.MessageOf(index, new TimeOnly(long.Parse(text, invariant))),
                _ => throw new InvalidDataException(item.Text("type")),
            };
            byte[] expected = IndexValues.MessageOf(new IndexDefinition("p", "eq"), item.GetProperty("bucket").GetInt32())!;
            Assert.True(expected.AsSpan().SequenceEqual(message), $"{kind} {text}");
        }
    }

    private static byte[]? MessageOf(IndexDefinition index, JsonProperty value)
    {
        var invariant = CultureInfo.InvariantCulture;
        string[] fields = value.Value.ValueKind == JsonValueKind.String ? value.Value.GetString()!.Split(' ') : [];
        return value.Name switch
        {
            "text" => IndexValues.MessageOf(index, value.Value.GetString()!),
            "word" => Encoding.UTF8.GetBytes(Assert.Single(TextWords.Of(IndexValues.Form(index.Normaliser, value.Value.GetString()!)))),
            "year" => IndexValues.MessageOf(index, new DateOnly(value.Value.GetInt32(), 7, 1)),
            "bucket" => IndexValues.MessageOf(index, DateOnly.FromDayNumber(693_595 + (365 * value.Value.GetInt32()))),
            "parts" => IndexValues.MessageOf(index, [.. value.Value.EnumerateArray().Select(PartOf)]),
            "decimal" => IndexValues.MessageOf(index, decimal.Parse(fields[0], invariant)),
            "f64" => IndexValues.MessageOf(index, double.Parse(fields[0], invariant)),
            "i32" => IndexValues.MessageOf(index, value.Value.GetInt32()),
            "datetime" => IndexValues.MessageOf(index, new DateTime(long.Parse(fields[0], invariant), DateTimeKind.Utc)),
            "datetimeoffset" => IndexValues.MessageOf(index, new DateTimeOffset(long.Parse(fields[0], invariant), TimeSpan.FromMinutes(int.Parse(fields[1], invariant)))),
            _ => throw new InvalidDataException(value.Name),
        };
    }

    private static IndexPart PartOf(JsonElement part) => part.ValueKind == JsonValueKind.String
        ? IndexPart.Of(part.GetString()!, ValueCodecs.For<string>())
        : IndexPart.Of(DateOnly.FromDayNumber(part.GetInt32()), ValueCodecs.For<DateOnly>());
}
