using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Microsoft.EntityFrameworkCore;

/// <summary>Configures a range index. What cannot be is refused when the model is built. Not thread-safe, as a model builder is not.</summary>
public sealed class RangeIndexBuilder
{
    private readonly IMutableProperty _property;
    private IndexOptions _options;

    internal RangeIndexBuilder(IMutableProperty property, IndexOptions options)
    {
        _property = property;
        _options = options;
        Become(options);
    }

    /// <summary>Keeps fewer bits: buckets share index values, so that the database shows less, and a query reads more rows.</summary>
    /// <param name="bits">1 to 256 leftmost bits.</param>
    public RangeIndexBuilder HasBits(int bits) => Become(_options with { Bits = bits });

    /// <summary>Says that the index is written still, and asked no more: the last step before it is removed. Needs another version that is complete.</summary>
    /// <param name="retiring">False takes it back.</param>
    public RangeIndexBuilder IsRetiring(bool retiring = true) => Become(_options with { Retiring = retiring });

    /// <summary>Names the column.</summary>
    /// <param name="column">The name; the default is that of the property's column with <c>_range</c> behind it.</param>
    public RangeIndexBuilder HasColumnName(string column)
    {
        ArgumentException.ThrowIfNullOrEmpty(column);
        return Become(_options with { Column = column });
    }

    /// <summary>Allows the index on a type of few values.</summary>
    /// <param name="reason">Why this may be shown to whoever reads the database.</param>
    public RangeIndexBuilder AllowSmallDomain(string reason)
    {
        ArgumentException.ThrowIfNullOrEmpty(reason);
        return Become(_options with { AllowSmallDomain = reason });
    }

    private RangeIndexBuilder Become(IndexOptions options)
    {
        _options = options;
        var others = IndexOptions.Read((string?)_property.FindAnnotation(EncryptionAnnotations.WantedIndexes)?.Value)
            .Where(other => other.Name != options.Name || other.Version != options.Version);
        _property.SetAnnotation(EncryptionAnnotations.WantedIndexes, IndexOptions.Write([.. others, options]));
        return this;
    }
}
