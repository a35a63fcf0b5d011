using ColumnCrypt;
using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Microsoft.EntityFrameworkCore;

/// <summary>Configures a blind index of several properties. What cannot be is refused when the model is built. Not thread-safe, as a model builder is not.</summary>
public sealed class CompositeBlindIndexBuilder
{
    private readonly IMutableProperty _first;
    private IndexOptions _options;

    internal CompositeBlindIndexBuilder(IMutableProperty first, IndexOptions options)
    {
        _first = first;
        _options = BlindIndexes.DeclaredOn(first).Where(o => o.Name == options.Name).MinBy(static o => o.Version) ?? options;
        Become(_options);
    }

    /// <summary>No two rows of a tenant may be equal in all the properties; together with the property of <c>HasTenant</c> where there is one.</summary>
    /// <param name="unique">False takes it back.</param>
    public CompositeBlindIndexBuilder IsUnique(bool unique = true) => Become(_options with { Unique = unique });

    /// <summary>Keeps fewer bits: the database shows less, and finds other rows too, which are sorted out after decryption.</summary>
    /// <param name="bits">1 to 256 leftmost bits.</param>
    public CompositeBlindIndexBuilder HasBits(int bits) => Become(_options with { Bits = bits });

    /// <summary>Says how the texts are normalised.</summary>
    /// <param name="normalisers">One for each property, in order: name and version, for example <see cref="BlindIndexNormaliser.CaseInsensitive"/>.</param>
    public CompositeBlindIndexBuilder HasNormalisers(params string[] normalisers)
    {
        ArgumentNullException.ThrowIfNull(normalisers);
        return Become(_options with { Normaliser = string.Join(',', normalisers) });
    }

    /// <summary>
    /// Says which index key of the tenant is used. On an index that was declared before, by attribute or fluently, it goes on to another version of it,
    /// beside that one: see <see cref="BlindIndexBuilder.HasVersion"/>.
    /// </summary>
    /// <param name="version">The index version, 1 or more.</param>
    public CompositeBlindIndexBuilder HasVersion(int version)
    {
        _options = BlindIndexes.DeclaredOn(_first).FirstOrDefault(o => o.Name == _options.Name && o.Version == version) ?? _options with { Version = version, Column = null, Retiring = false };
        return Become(_options);
    }

    /// <summary>Says that the index is written still, and asked no more. Needs another version that is complete.</summary>
    /// <param name="retiring">False takes it back.</param>
    public CompositeBlindIndexBuilder IsRetiring(bool retiring = true) => Become(_options with { Retiring = retiring });

    /// <summary>Names the column.</summary>
    /// <param name="column">The name; the default is those of the properties with <c>_bi</c> behind them.</param>
    public CompositeBlindIndexBuilder HasColumnName(string column)
    {
        ArgumentException.ThrowIfNullOrEmpty(column);
        return Become(_options with { Column = column });
    }

    private CompositeBlindIndexBuilder Become(IndexOptions options)
    {
        var stored = IndexOptions.Read((string?)_first.FindAnnotation(EncryptionAnnotations.WantedIndexes)?.Value);
        _options = options;
        _first.SetAnnotation(EncryptionAnnotations.WantedIndexes, IndexOptions.Write([.. stored.Where(o => o.Name != options.Name || o.Version != options.Version), options]));
        return this;
    }
}
