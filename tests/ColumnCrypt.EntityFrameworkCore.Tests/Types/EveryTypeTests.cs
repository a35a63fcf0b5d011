using System.Collections;
using System.Net;
using System.Numerics;
using System.Reflection;
using System.Text;
using ColumnCrypt.Configuration;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Types;

// Must hold 1, 9 (PEERS 9, 10)
public class EveryTypeTests
{
    private static readonly PropertyInfo[] s_properties = [.. typeof(EveryType).GetProperties().Where(static p => p.Name != "Id")];

    /// <summary>Values that are the edges of their types, and text that is easily damaged.</summary>
    private static readonly Dictionary<Type, object[]> s_edges = new()
    {
        [typeof(string)] = ["", "\0", " ", "plain canary", "trailing\0", "4-byte 😀 \U0010FFFF", "e\u0301 \r\n\t", new string('x', 100_000)],
        [typeof(byte[])] = [Array.Empty<byte>(), new byte[] { 0 }, Encoding.ASCII.GetBytes("plain canary"), new byte[70_000]],
        [typeof(bool)] = [true, false],
        [typeof(sbyte)] = [sbyte.MinValue, sbyte.MaxValue],
        [typeof(byte)] = [byte.MinValue, byte.MaxValue],
        [typeof(short)] = [short.MinValue, short.MaxValue],
        [typeof(ushort)] = [ushort.MinValue, ushort.MaxValue],
        [typeof(int)] = [int.MinValue, 0, int.MaxValue],
        [typeof(uint)] = [uint.MinValue, uint.MaxValue],
        [typeof(long)] = [long.MinValue, long.MaxValue],
        [typeof(ulong)] = [ulong.MinValue, ulong.MaxValue],
        [typeof(Int128)] = [Int128.MinValue, Int128.MaxValue],
        [typeof(UInt128)] = [UInt128.MaxValue],
        [typeof(Half)] = [Half.Epsilon, Half.NaN],
        [typeof(float)] = [float.MinValue, float.Epsilon, float.NaN],
        [typeof(double)] = [double.MaxValue, double.NegativeZero, double.PositiveInfinity, 0.1],
        [typeof(decimal)] = [decimal.MinValue, decimal.MaxValue, 0.10m, 1.000m],
        [typeof(char)] = ['a', '\0', '\uFFFD'],
        [typeof(Guid)] = [Guid.Empty, new Guid("00112233-4455-6677-8899-aabbccddeeff")],
        [typeof(DateTime)] = [DateTime.MinValue, DateTime.MaxValue, new DateTime(2024, 2, 29, 1, 2, 3, DateTimeKind.Utc), new DateTime(2024, 2, 29, 1, 2, 3, DateTimeKind.Unspecified).AddTicks(7)],
        [typeof(DateTimeOffset)] = [DateTimeOffset.MinValue, DateTimeOffset.MaxValue, new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.FromHours(-3.5))],
        [typeof(DateOnly)] = [DateOnly.MinValue, DateOnly.MaxValue],
        [typeof(TimeOnly)] = [TimeOnly.MinValue, TimeOnly.MaxValue],
        [typeof(TimeSpan)] = [TimeSpan.MinValue, TimeSpan.MaxValue, TimeSpan.FromTicks(1)],
        [typeof(Mood)] = [Mood.Calm, Mood.Merry, (Mood)77],
        [typeof(Uri)] = [new Uri("https://example.org/ä?q=1#f"), new Uri("relative/path", UriKind.Relative)],
        [typeof(IPAddress)] = [IPAddress.Parse("127.0.0.1"), IPAddress.Parse("fe80::1")],
        [typeof(BigInteger)] = [BigInteger.Zero, -BigInteger.Pow(2, 200)],
        [typeof(List<string>)] = [new List<string>(), new List<string> { "plain canary", "" }],
        [typeof(int[])] = [Array.Empty<int>(), new[] { 1, -1 }],
        [typeof(List<DateOnly>)] = [new List<DateOnly> { DateOnly.MaxValue }],
        [typeof(Dictionary<string, int>)] = [new Dictionary<string, int> { ["plain canary"] = 1 }],
        [typeof(Contact)] = [new Contact("plain canary", ["a"])],
        [typeof(Celsius)] = [new Celsius(36.6), new Celsius(0)],
    };

    [Theory]
    [InlineData(DatabaseKind.Sqlite)]
    [InlineData(DatabaseKind.PostgreSql)]
    public async Task Property_OfEveryTypeAndEdge_RoundTripsAndIsNeverPlaintext(DatabaseKind kind)
    {
        Assert.True(s_properties.Length >= 40);
        using var database = new TestDatabase(kind);
        await using var keys = TestKeys.InMemory();
        var rows = Rows().ToList();
        await using (var db = Open(database, keys))
        {
            await db.Database.EnsureCreatedAsync();
            db.AddRange(rows.Select(Clone));
            await db.SaveChangesAsync();
        }

        await Compare(database, keys, rows);
        Assert.All(Columns(database, keys), column => Assert.Equal(0L, Convert.ToInt64(database.Scalar(
            kind == DatabaseKind.Sqlite
                ? $"""SELECT COUNT(*) FROM "Rows" WHERE "{column}" IS NOT NULL AND (typeof("{column}") <> 'blob' OR substr("{column}", 1, 1) <> x'C1' OR length("{column}") < 45)"""
                : $"""SELECT COUNT(*) FROM "Rows" WHERE "{column}" IS NOT NULL AND (get_byte("{column}", 0) <> 193 OR length("{column}") < 45)"""), System.Globalization.CultureInfo.InvariantCulture)));
        AssertNoCanary(database);

        // Every row becomes the next one: each property is updated.
        await using (var db = Open(database, keys))
        {
            var tracked = await db.Rows.OrderBy(r => r.Id).ToListAsync();
            for (var i = 0; i < tracked.Count; i++)
            {
                foreach (var property in s_properties)
                {
                    property.SetValue(tracked[i], property.GetValue(Clone(rows[(i + 1) % rows.Count])));
                }
            }

            Assert.True(await db.SaveChangesAsync() > 0);
        }

        await Compare(database, keys, [.. rows.Skip(1), rows[0]]);
        AssertNoCanary(database);
    }

    [Fact]
    public async Task LoneSurrogate_WhenSaved_IsRefused()
    {
        using var database = new TestDatabase();
        await using var keys = TestKeys.InMemory();
        await using var db = Open(database, keys);
        await db.Database.EnsureCreatedAsync();
        db.Add(new EveryType { Text = "\uD83D" });
        var error = await Assert.ThrowsAsync<DbUpdateException>(() => db.SaveChangesAsync());
        Assert.NotNull(error.InnerException);
        Assert.DoesNotContain("\uD83D", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(0L, database.Scalar("""SELECT COUNT(*) FROM "Rows" """));
    }

    [Fact]
    public async Task UnchangedRow_WhenSavedAgain_WritesNothing()
    {
        using var database = new TestDatabase();
        await using var keys = TestKeys.InMemory();
        await using var db = Open(database, keys);
        await db.Database.EnsureCreatedAsync();
        db.AddRange(Rows());
        await db.SaveChangesAsync();
        db.ChangeTracker.Clear();
        _ = await db.Rows.ToListAsync();
        Assert.False(db.ChangeTracker.HasChanges());
        Assert.Equal(0, await db.SaveChangesAsync());
    }

    [Fact]
    public async Task MutableValue_WhenChangedInPlace_IsSaved()
    {
        using var database = new TestDatabase();
        await using var keys = TestKeys.InMemory();
        await using (var db = Open(database, keys))
        {
            await db.Database.EnsureCreatedAsync();
            var row = new EveryType { Bytes = [1], Texts = ["a"], Numbers = [1], Map = { ["a"] = 1 }, Contact = new Contact("1", ["x"]) };
            db.Add(row);
            await db.SaveChangesAsync();
            row.Bytes[0] = 2;
            row.Texts.Add("b");
            row.Numbers[0] = 2;
            row.Map["b"] = 2;
            row.Contact.Notes.Add("y");
            db.ChangeTracker.DetectChanges();
            Assert.Equal(
                ["Bytes", "Contact", "Map", "Numbers", "Texts"],
                db.Entry(row).Properties.Where(static p => p.IsModified).Select(static p => p.Metadata.Name).Order(StringComparer.Ordinal));
            await db.SaveChangesAsync();
        }

        await using var again = Open(database, keys);
        var read = await again.Rows.SingleAsync();
        Assert.Equal([2], read.Bytes);
        Assert.Equal(["a", "b"], read.Texts);
        Assert.Equal([2], read.Numbers);
        Assert.Equal(2, read.Map["b"]);
        Assert.Equal(["x", "y"], read.Contact!.Notes);
    }

    private static IEnumerable<EveryType> Rows()
    {
        int count = s_edges.Values.Max(static e => e.Length);
        for (var i = 0; i < count; i++)
        {
            var row = new EveryType { Id = i + 1 };
            foreach (var property in s_properties)
            {
                var edges = s_edges[Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType];
                bool mayBeNull = property.Name.EndsWith("OrNull", StringComparison.Ordinal);
                property.SetValue(row, mayBeNull && i == 0 ? null : edges[i % edges.Length]);
            }

            yield return row;
        }
    }

    private static EveryType Clone(EveryType row)
    {
        var clone = new EveryType { Id = row.Id };
        foreach (var property in s_properties)
        {
            property.SetValue(clone, property.GetValue(row));
        }

        return clone;
    }

    private static async Task Compare(TestDatabase database, ColumnCryptInstance keys, List<EveryType> expected)
    {
        await using var db = Open(database, keys);
        var read = await db.Rows.AsNoTracking().OrderBy(r => r.Id).ToListAsync();
        Assert.Equal(expected.Count, read.Count);
        for (var i = 0; i < read.Count; i++)
        {
            foreach (var property in s_properties)
            {
                var (want, have) = (property.GetValue(expected[i]), property.GetValue(read[i]));
                Assert.True(Same(want, have), $"{property.Name} of row {i}: {have} instead of {want}");
            }
        }
    }

    private static bool Same(object? left, object? right) => (left, right) switch
    {
        (Contact a, Contact b) => a.Phone == b.Phone && a.Notes.SequenceEqual(b.Notes),
        (DateTime a, DateTime b) => a == b && a.Kind == b.Kind,
        (DateTimeOffset a, DateTimeOffset b) => a.EqualsExact(b),
        (decimal a, decimal b) => decimal.GetBits(a).SequenceEqual(decimal.GetBits(b)),
        (Uri a, Uri b) => a.OriginalString == b.OriginalString,
        (string a, string b) => a == b,
        (IEnumerable a, IEnumerable b) => a.Cast<object>().SequenceEqual(b.Cast<object>()),
        _ => Equals(left, right),
    };

    private static IEnumerable<string> Columns(TestDatabase database, ColumnCryptInstance keys)
    {
        using var db = Open(database, keys);
        var columns = db.Database.GetEncryptedColumns();
        Assert.Equal(s_properties.Select(static p => p.Name).Order(StringComparer.Ordinal), columns.Select(static c => c.Column).Order(StringComparer.Ordinal));
        return columns.Select(static c => c.Column);
    }

    private static void AssertNoCanary(TestDatabase database) =>
        Assert.Equal(-1, database.Everything().AsSpan().IndexOf("canary"u8));

    private static EveryTypeContext Open(TestDatabase database, ColumnCryptInstance keys)
    {
        var options = new DbContextOptionsBuilder<EveryTypeContext>();
        database.Configure(options);
        return new EveryTypeContext(options.UseColumnCrypt(keys).Options);
    }
}
