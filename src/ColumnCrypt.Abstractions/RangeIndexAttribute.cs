namespace ColumnCrypt;

/// <summary>
/// Declares a range index on an <see cref="EncryptedAttribute"/> number, date or time: the values are cut into <see cref="Buckets"/> of one
/// <see cref="Width"/>, and a column of its own holds an HMAC of the bucket under the tenant's index key, with an ordinary database index.
/// <c>&lt;</c>, <c>&lt;=</c>, <c>&gt;</c> and <c>&gt;=</c> ask for all buckets that they touch, and each row that is found is compared exactly after
/// decryption. While an index is changed one may stand on the property per <see cref="Version"/>.
/// </summary>
/// <remarks>
/// <para>Integers of every width, <see cref="decimal"/>, <see cref="DateOnly"/>, <see cref="DateTime"/> (its kind does not count),
/// <see cref="DateTimeOffset"/> (in UTC), <see cref="TimeOnly"/> and <see cref="TimeSpan"/>, nullable or not. Values outside the buckets are in the first or
/// the last one, and are found as exactly as any.</para>
/// <para>Leakage: whoever reads the database learns which rows of one tenant share a bucket, and how full each is; with a log of the queries, which
/// buckets are asked for together, and so, after a few, their order. docs/leakage.md has the numbers.</para>
/// </remarks>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field, AllowMultiple = true)]
public sealed class RangeIndexAttribute : Attribute
{
    /// <summary>
    /// Where the first bucket begins, as text in invariant form: a number (<c>-10.5</c>), a date (<c>1900-01-01</c>, with or without a time,
    /// <c>1900-01-01T06:00:00</c>), a time (<c>08:30:00</c>) or a span (<c>1.12:00:00</c>). Must be said.
    /// </summary>
    public string From { get; set; } = "";

    /// <summary>
    /// The width of a bucket, above 0, as text in invariant form: of numbers a number, of dates days (<c>7</c>, <c>0.25</c>), of times and spans seconds
    /// (<c>900</c>). Must be said.
    /// </summary>
    public string Width { get; set; } = "";

    /// <summary>How many buckets there are, 2 to 4,096; a query asks for at most 256 of them. Must be said.</summary>
    public int Buckets { get; set; }

    /// <summary>How many leftmost bits are kept, 1 to 256. With fewer, buckets share index values: a query reads more rows. Default: 256.</summary>
    public int Bits { get; set; } = 256;

    /// <summary>The index version, 1 or more: see <see cref="BlindIndexAttribute.Version"/>. Another version may have other buckets. Default: 1.</summary>
    public int Version { get; set; } = 1;

    /// <summary>True where the index is written still and asked no more: see <see cref="BlindIndexAttribute.Retiring"/>. Default: false.</summary>
    public bool Retiring { get; set; }

    /// <summary>
    /// Why it may be put on a type of few values, a <see cref="byte"/> or <see cref="sbyte"/>. Default: null, such a model is refused when it is built.
    /// </summary>
    public string? AllowSmallDomain { get; set; }
}
