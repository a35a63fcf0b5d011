using ColumnCrypt;
using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Microsoft.EntityFrameworkCore;

/// <summary>Configures a blind index. What cannot be is refused when the model is built. Not thread-safe, as a model builder is not.</summary>
public sealed class BlindIndexBuilder
{
    private readonly IMutableProperty _property;
    private readonly bool _isNew;
    private IndexOptions _options;

    internal BlindIndexBuilder(IMutableProperty property, string kind)
    {
        _property = property;
        var found = Declared().Where(o => o.Kind == kind).MinBy(static o => o.Version);
        _isNew = found is null;
        _options = found ?? new IndexOptions { Kind = kind };
        Become(_options);
    }

    /// <summary>No two rows of a tenant may hold the same value; together with the property of <c>HasTenant</c> where there is one.</summary>
    /// <param name="unique">False takes it back.</param>
    public BlindIndexBuilder IsUnique(bool unique = true) => Become(_options with { Unique = unique });

    /// <summary>Keeps fewer bits: the database shows less, and finds other rows too, which are sorted out after decryption.</summary>
    /// <param name="bits">1 to 256 leftmost bits.</param>
    public BlindIndexBuilder HasBits(int bits) => Become(_options with { Bits = bits });

    /// <summary>Values of one normal form are found together (<c>EF.Functions.IndexMatches</c>).</summary>
    /// <param name="normaliser">Name and version, for example <see cref="BlindIndexNormaliser.CaseInsensitive"/>.</param>
    public BlindIndexBuilder HasNormaliser(string normaliser)
    {
        ArgumentException.ThrowIfNullOrEmpty(normaliser);
        return Become(_options with { Normaliser = normaliser });
    }

    /// <summary>
    /// Says which index key of the tenant is used. On an index that was declared before, by attribute or fluently, it goes on to another version of it,
    /// which stands beside that one and starts with its settings but for the column: every write fills all versions, and queries ask the lowest.
    /// </summary>
    /// <param name="version">The index version, 1 or more.</param>
    public BlindIndexBuilder HasVersion(int version)
    {
        if (_isNew || version == _options.Version)
        {
            return Become(_options with { Version = version });
        }

        _options = Declared().FirstOrDefault(o => o.Kind == _options.Kind && o.Version == version) ?? _options with { Version = version, Column = null, Retiring = false };
        return Become(_options);
    }

    /// <summary>Says that the index is written still, and asked no more: the last step before it is removed. Needs another version that is complete.</summary>
    /// <param name="retiring">False takes it back.</param>
    public BlindIndexBuilder IsRetiring(bool retiring = true) => Become(_options with { Retiring = retiring });

    /// <summary>Names the column.</summary>
    /// <param name="column">The name; the default is that of the property's column with <c>_bi</c>, or the part, behind it.</param>
    public BlindIndexBuilder HasColumnName(string column)
    {
        ArgumentException.ThrowIfNullOrEmpty(column);
        return Become(_options with { Column = column });
    }

    /// <summary>Allows the index on a type of few values, or beside another that narrows it down.</summary>
    /// <param name="reason">Why this may be shown to whoever reads the database.</param>
    public BlindIndexBuilder AllowSmallDomain(string reason)
    {
        ArgumentException.ThrowIfNullOrEmpty(reason);
        return Become(_options with { AllowSmallDomain = reason });
    }

    private IReadOnlyList<IndexOptions> Declared() => BlindIndexes.DeclaredOn(_property);

    private IReadOnlyList<IndexOptions> Stored() => IndexOptions.Read((string?)_property.FindAnnotation(EncryptionAnnotations.WantedIndexes)?.Value);

    private BlindIndexBuilder Become(IndexOptions options)
    {
        var others = Stored().Where(o => o.Name != _options.Name || o.Version != _options.Version).ToList();
        _options = options;
        _property.SetAnnotation(EncryptionAnnotations.WantedIndexes, IndexOptions.Write([.. others, options]));
        return this;
    }
}
