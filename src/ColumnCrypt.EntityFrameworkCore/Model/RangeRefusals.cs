using ColumnCrypt.Search;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>Says which range indexes of a property cannot be built; each reason follows what the property declares.</summary>
internal static class RangeRefusals
{
    public static IEnumerable<string> Of(IReadOnlyProperty property, IndexOptions index)
    {
        var type = Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType;
        if (!RangeBuckets.Supports(type))
        {
            yield return $"of ranges and is a {type.Name}: numbers, dates and times can be cut into buckets. Index such a property, or this one with [BlindIndex].";
            yield break;
        }

        if (property.GetValueConverter() is not null || property.GetProviderClrType() is not null)
        {
            yield return "of ranges and has a conversion of its own, whose order need not be that of the values. Index a property without one.";
            yield break;
        }

        if (RangeBuckets.OfKind(index.Kind) is null)
        {
            yield return $"of ranges with the buckets {index.Kind[IndexOptions.Range.Length..]} (from, width, number), which cannot be. "
                + "Say From in the form of the type, Width above 0 and 2 to 4,096 Buckets: [RangeIndex(From = \"1900-01-01\", Width = \"365\", Buckets = 130)].";
        }
        else if (IndexRefusals.WhyInvalid(property, index) is { } invalid)
        {
            yield return $"that cannot be: {invalid}";
        }
    }
}
