using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ColumnCrypt.Search;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>A blind index as it is declared on a property. Immutable.</summary>
internal sealed record IndexOptions
{
    /// <summary>The kind of an index of the whole value.</summary>
    public const string Whole = "eq";

    /// <summary>The kind of an index of several properties together.</summary>
    public const string Composite = "composite";

    /// <summary>What the kind of a range index begins with.</summary>
    public const string Range = "bucket:";

    /// <summary>The kind, as <see cref="IndexDefinition"/> spells it.</summary>
    public string Kind { get; init; } = Whole;

    /// <summary>The normaliser.</summary>
    public string Normaliser { get; init; } = IndexDefinition.NoNormaliser;

    /// <summary>The index version.</summary>
    public int Version { get; init; } = 1;

    /// <summary>The bits that are kept.</summary>
    public int Bits { get; init; } = IndexDefinition.FullBits;

    /// <summary>True where a tenant's rows must differ in it.</summary>
    public bool Unique { get; init; }

    /// <summary>True where it is written, and asked no more.</summary>
    public bool Retiring { get; init; }

    /// <summary>Why it is wanted although the type has few values, or null.</summary>
    public string? AllowSmallDomain { get; init; }

    /// <summary>The name of the column, or null for the default.</summary>
    public string? Column { get; init; }

    /// <summary>Of a composite index: its purpose; null for any other.</summary>
    public string? Purpose { get; init; }

    /// <summary>Of a composite index: the names of its properties, in order; it is declared on the first.</summary>
    public IReadOnlyList<string> Parts { get; init; } = [];

    /// <summary>True for an index of several properties.</summary>
    [JsonIgnore]
    public bool IsComposite => Kind == Composite;

    /// <summary>True for an index of buckets.</summary>
    [JsonIgnore]
    public bool IsRange => Kind.StartsWith(Range, StringComparison.Ordinal);

    /// <summary>True where its values are equal exactly where the property's are.</summary>
    public bool IsExact => (Kind == Whole || IsComposite) && Bits == IndexDefinition.FullBits && Normaliser.Split(',').All(static n => n == IndexDefinition.NoNormaliser);

    /// <summary>What of the value it holds, whatever the parameters.</summary>
    public string Part => IsComposite ? Name : Kind.Split(':')[0];

    /// <summary>What tells it from others of its property, but for the version.</summary>
    [JsonIgnore]
    public string Name => IsComposite ? $"{Composite} {Purpose}" : IsRange ? "range" : Kind;

    /// <summary>What is put behind the name of a property or column to name its index.</summary>
    public string Suffix =>
        $"_{(IsComposite ? $"{string.Join('_', Parts.Skip(1))}_bi" : Kind == Whole ? "bi" : IsRange ? "range" : Kind.Replace(":", "", StringComparison.Ordinal))}{(Version == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"_v{Version}"))}";

    /// <summary>As declared by an attribute.</summary>
    public static IndexOptions Of(BlindIndexAttribute attribute) => new()
    {
        Kind = KindOf(attribute.Part, attribute.PrefixLength),
        Normaliser = attribute.Normaliser,
        Version = attribute.Version,
        Bits = attribute.Bits,
        Unique = attribute.Unique,
        Retiring = attribute.Retiring,
        AllowSmallDomain = attribute.AllowSmallDomain,
    };

    /// <summary>As declared by an attribute of the class.</summary>
    public static IndexOptions Of(CompositeBlindIndexAttribute attribute) => new()
    {
        Kind = Composite,
        Purpose = attribute.Purpose,
        Parts = attribute.Properties,
        Normaliser = string.Join(',', attribute.Normalisers ?? attribute.Properties.Select(static _ => IndexDefinition.NoNormaliser)),
        Version = attribute.Version,
        Bits = attribute.Bits,
        Unique = attribute.Unique,
        Retiring = attribute.Retiring,
    };

    /// <summary>As declared by an attribute of a property of a type.</summary>
    public static IndexOptions Of(RangeIndexAttribute attribute, Type type) => new()
    {
        Kind = BucketText.KindOf(type, attribute.From, attribute.Width, attribute.Buckets),
        Version = attribute.Version,
        Bits = attribute.Bits,
        Retiring = attribute.Retiring,
        AllowSmallDomain = attribute.AllowSmallDomain,
    };

    /// <summary>The kind that indexes a part.</summary>
    public static string KindOf(BlindIndexPart part, int prefixLength) => part switch
    {
        BlindIndexPart.Whole => Whole,
        BlindIndexPart.LastFour => "last4",
        BlindIndexPart.Prefix => string.Create(CultureInfo.InvariantCulture, $"prefix:{prefixLength}"),
        BlindIndexPart.Domain => "domain",
        BlindIndexPart.Year => "year",
        _ => throw new EncryptionModelException($"A blind index has the unknown part {part}."),
    };

    public static string Write(IReadOnlyList<IndexOptions> options) => JsonSerializer.Serialize(options);

    public static IReadOnlyList<IndexOptions> Read(string? text) => text is null ? [] : JsonSerializer.Deserialize<IndexOptions[]>(text)!;
}
