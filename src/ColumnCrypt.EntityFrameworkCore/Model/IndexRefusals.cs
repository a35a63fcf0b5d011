using ColumnCrypt.Format;
using ColumnCrypt.Search;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>Says which blind indexes of a property cannot be built, or must not be built unasked; each reason follows the property's name.</summary>
internal static class IndexRefusals
{
    public static IEnumerable<string> Of(IReadOnlyProperty property)
    {
        var indexes = BlindIndexes.DeclaredOn(property);
        if (indexes.Count == 0)
        {
            yield break;
        }

        if (property.DeclaringType is not IReadOnlyEntityType)
        {
            yield return "declares a blind index and is part of a complex type, which has no room for its column. Make the type an owned one: OwnsOne(…).";
            yield break;
        }

        var encoded = property.GetValueConverter()?.ProviderClrType ?? property.GetProviderClrType() ?? property.ClrType;
        if (!ValueCodecs.HasOwnCodec(encoded))
        {
            yield return $"declares a blind index and is a {encoded.Name}, whose values have no canonical encoding to compare. Index a simple property.";
            yield break;
        }

        if (WhyUnequal(Nullable.GetUnderlyingType(encoded) ?? encoded) is { } unequal)
        {
            yield return $"declares a blind index and is a {encoded.Name}: {unequal}";
            yield break;
        }

        if (IsComparedByReference(property))
        {
            yield return $"declares a blind index and is a {property.ClrType.Name}, two of which are never equal: a row that is found could not be checked. Let it override Equals, or make it a record.";
            yield break;
        }

        foreach (var index in indexes)
        {
            foreach (string why in index.IsComposite ? CompositeRefusals.Of(property, index) : Of(property, index, encoded))
            {
                yield return $"declares a blind index {why}";
            }
        }

        foreach (var twice in indexes.GroupBy(static i => (i.Part, i.Version)).Where(static g => g.Count() > 1))
        {
            yield return $"declares two blind indexes of kind {string.Join(" and ", twice.Select(static i => i.Name).Distinct())} and version {twice.Key.Version}, which a query could not tell apart. "
                + $"Drop one, or, to change the index, give the new one a version of its own: Version = {indexes.Max(static i => i.Version) + 1}."
                + (twice.Key.Part == "prefix" ? " Beginnings of several lengths are what [TextIndex(PrefixFrom = …, PrefixTo = …)] answers." : "");
        }

        foreach (var retiring in indexes.Where(index => index.Retiring && !indexes.Any(other => !other.Retiring && other.Part == index.Part)))
        {
            yield return $"declares a blind index of kind {retiring.Kind} that is retiring, and no other version to ask instead. Declare one, or remove Retiring.";
        }

        string? reason = indexes.Select(static i => i.AllowSmallDomain).FirstOrDefault(static r => !string.IsNullOrWhiteSpace(r));
        if (SmallDomain.WhyRefused(property.ClrType, [.. indexes.Select(static i => i.Kind).Distinct()], reason) is { } small)
        {
            yield return $"{small}.";
        }
    }

    /// <summary>Why C# finds values of a type equal, or not, that an index tells apart, or not.</summary>
    public static string? WhyUnequal(Type type) =>
        type == typeof(float) || type == typeof(double) || type == typeof(Half) ? "NaN equals nothing there, and itself in an index. Index a decimal."
        : type == typeof(Uri) ? "addresses that differ in the case of the host are equal there. Index a text."
        : null;

    // Bytes are compared by what they are.
    private static bool IsComparedByReference(IReadOnlyProperty property) =>
        !property.ClrType.IsValueType && property.ClrType != typeof(byte[]) && property.ClrType.GetMethod(nameof(Equals), [typeof(object)])?.DeclaringType == typeof(object);

    private static IEnumerable<string> Of(IReadOnlyProperty property, IndexOptions index, Type encoded)
    {
        if (property.DeclaringType.FindProperty(BlindIndexes.NameOf(property, index)) is not null)
        {
            yield return $"whose property would be named {BlindIndexes.NameOf(property, index)}, and there is one. Rename that one.";
        }

        if (index.IsRange)
        {
            foreach (string why in RangeRefusals.Of(property, index))
            {
                yield return why;
            }

            yield break;
        }

        if (WhyInvalid(property, index) is { } invalid)
        {
            yield return $"that cannot be: {invalid}";
            yield break;
        }

        encoded = Nullable.GetUnderlyingType(encoded) ?? encoded;
        bool isDated = encoded == typeof(DateOnly) || encoded == typeof(DateTime) || encoded == typeof(DateTimeOffset);
        if (index.Kind == "year" ? !isDated : (index.Kind != IndexOptions.Whole || index.Normaliser != IndexDefinition.NoNormaliser) && encoded != typeof(string))
        {
            yield return $"of kind {index.Kind} with the normaliser {index.Normaliser}, which does not fit a {encoded.Name}.";
        }

        if (index.Unique && index.Bits < IndexDefinition.FullBits)
        {
            yield return $"that is unique and keeps {index.Bits} bits, which different values may share. Keep all {IndexDefinition.FullBits}, or drop Unique.";
        }

        if (index.Unique && index.Kind != IndexOptions.Whole)
        {
            yield return $"that is unique and of a part ({index.Kind}) only. Make the index of the whole value unique.";
        }
    }

    public static string? WhyInvalid(IReadOnlyProperty property, IndexOptions index)
    {
        try
        {
            _ = new IndexDefinition(index.Purpose ?? EncryptionAnnotations.PurposeOf(property)!, index.Kind, index.Normaliser, index.Version, index.Bits);
            return null;
        }
        catch (EncryptionModelException error)
        {
            return error.Message;
        }
    }
}
