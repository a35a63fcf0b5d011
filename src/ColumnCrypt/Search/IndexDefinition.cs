using System.Globalization;
using System.Text;

namespace ColumnCrypt.Search;

/// <summary>
/// One blind index: what of a value is indexed, how it is normalised before, and how many bits are kept (docs/SPEC.md, section 13). All of it
/// but the bits is bound into the subkey, so that values of two definitions never match. Immutable, thread-safe, compared by value.
/// Leakage by kind: docs/leakage.md.
/// </summary>
public sealed class IndexDefinition : IEquatable<IndexDefinition>
{
    /// <summary>The number of bits of an index that is not truncated: 256.</summary>
    public const int FullBits = 256;

    /// <summary>The normaliser that changes nothing: <c>none@1</c>.</summary>
    public const string NoNormaliser = "none@1";

    private const int MaxPurposeSize = 200;
    private readonly int _hash;

    /// <summary>Makes a definition.</summary>
    /// <param name="purpose">The purpose of the column: 1 to 200 bytes of UTF-8. That of a composite index names the index.</param>
    /// <param name="kind">
    /// <c>eq</c>; <c>last4</c>; <c>prefix:N</c>, N of 1 to 64 characters; <c>domain</c>; <c>year</c>; <c>word</c>;
    /// <c>bucket:FROM:WIDTH:COUNT</c>, see <see cref="RangeBuckets"/>; <c>composite</c>.
    /// </param>
    /// <param name="normaliser">
    /// Name and version, <c>name@version</c>; for <c>composite</c> those of the parts in order, separated by commas. Default: <c>none@1</c>.
    /// </param>
    /// <param name="version">The index version, 1 or more: which index key of the tenant is used. Default: 1.</param>
    /// <param name="bits">How many leftmost bits are kept, 1 to 256. Default: 256.</param>
    /// <exception cref="EncryptionModelException">One of these is out of bounds, or not written in its one canonical way.</exception>
    public IndexDefinition(string purpose, string kind, string normaliser = NoNormaliser, int version = 1, int bits = FullBits)
    {
        ArgumentNullException.ThrowIfNull(purpose);
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(normaliser);
        Purpose = purpose;
        Version = version;
        Bits = bits;
        if (Encoding.UTF8.GetByteCount(purpose) is 0 or > MaxPurposeSize)
        {
            throw new EncryptionModelException($"The purpose of an index is 1 to {MaxPurposeSize} bytes of UTF-8; '{purpose}' is not.");
        }

        if (version < 1 || bits is < 1 or > FullBits)
        {
            throw new EncryptionModelException(string.Create(
                CultureInfo.InvariantCulture, $"The index of {purpose} has version {version} and {bits} bits; a version is 1 or more, bits are 1 to {FullBits}."));
        }

        Parsed = IndexKind.Parse(kind) ?? throw new EncryptionModelException(
            $"The index of {purpose} has the unknown kind '{kind}'. Kinds are eq, last4, prefix:N, domain, year, word, bucket:FROM:WIDTH:COUNT and composite.");
        Normaliser = normaliser;
        NormaliserOfPart = [.. normaliser.Split(',').Select(name => NormaliserName.IsValid(name)
            ? name
            : throw new EncryptionModelException($"The index of {purpose} names the normaliser '{name}'; a normaliser is named name@version, for example ci@1."))];
        if (NormaliserOfPart.Length is < 2 or > CompositeKind.MaxParts == Parsed is CompositeKind)
        {
            throw new EncryptionModelException(
                $"The index of {purpose}, of kind {kind}, names {NormaliserOfPart.Length} normalisers: a composite index names one for each of its 2 to {CompositeKind.MaxParts} parts, any other index one.");
        }

        if (!Parsed.IsOfText && normaliser != NoNormaliser)
        {
            throw new EncryptionModelException($"The index of {purpose} is of kind {kind}, which is not of text: its normaliser is {NoNormaliser}, not {normaliser}.");
        }

        _hash = HashCode.Combine(
            StringComparer.Ordinal.GetHashCode(Purpose), StringComparer.Ordinal.GetHashCode(Kind), StringComparer.Ordinal.GetHashCode(Normaliser), Version, Bits);
    }

    /// <summary>The purpose.</summary>
    public string Purpose { get; }

    /// <summary>The kind with its parameters, in its canonical spelling.</summary>
    public string Kind => Parsed.Text;

    /// <summary>The normaliser with its version; of a composite index one for each part, separated by commas.</summary>
    public string Normaliser { get; }

    /// <summary>The index version, from 1.</summary>
    public int Version { get; }

    /// <summary>The bits that are kept, 1 to 256.</summary>
    public int Bits { get; }

    /// <summary>The size of a value in bytes: 1 to 32.</summary>
    public int Size => (Bits + 7) / 8;

    /// <summary>True where no bits are cut off, so that two values are equal only where what is indexed is: what a unique index demands.</summary>
    public bool IsFull => Bits == FullBits;

    internal IndexKind Parsed { get; }

    internal string[] NormaliserOfPart { get; }

    /// <summary>The same index under another version's key.</summary>
    /// <param name="version">The version, 1 or more.</param>
    /// <exception cref="EncryptionModelException">The version is below 1.</exception>
    public IndexDefinition WithVersion(int version) => new(Purpose, Kind, Normaliser, version, Bits);

    /// <inheritdoc/>
    public bool Equals(IndexDefinition? other) =>
        ReferenceEquals(this, other)
        || (other is not null && _hash == other._hash && Version == other.Version && Bits == other.Bits
            && string.Equals(Purpose, other.Purpose, StringComparison.Ordinal)
            && string.Equals(Kind, other.Kind, StringComparison.Ordinal)
            && string.Equals(Normaliser, other.Normaliser, StringComparison.Ordinal));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as IndexDefinition);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    /// <summary>Purpose, kind, normaliser, version and bits, for messages.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Purpose} {Kind} {Normaliser} v{Version} {Bits} bits");
}
