using System.Reflection;
using ColumnCrypt.Format;
using ColumnCrypt.Search;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>Says which composite blind indexes cannot be built.</summary>
internal static class CompositeRefusals
{
    /// <summary>What is wrong with those of a model, as whole sentences: indexes that no property declares, and two of one purpose.</summary>
    public static IEnumerable<string> Of(IReadOnlyModel model)
    {
        foreach (var entity in model.GetEntityTypes())
        {
            foreach (var attribute in entity.ClrType.GetCustomAttributes<CompositeBlindIndexAttribute>(inherit: true))
            {
                if (attribute.Properties is not [var first, ..] || entity.FindProperty(first) is not { } property || !EncryptionAnnotations.IsEncrypted(property))
                {
                    yield return $"{entity.DisplayName()} declares a blind index of several properties ({attribute.Purpose}) whose first is no encrypted property of it. Name encrypted properties: nameof(…).";
                }
            }
        }

        var twice = EncryptionAnnotations.AllProperties(model).Where(EncryptionAnnotations.IsEncrypted)
            .SelectMany(static property => BlindIndexes.DeclaredOn(property).Where(static index => index.IsComposite).Select(index => (Property: property, index.Purpose)))
            .Distinct()
            .GroupBy(static declared => declared.Purpose, StringComparer.Ordinal)
            .Where(static group => group.Count() > 1);
        foreach (var group in twice)
        {
            yield return $"The blind indexes of several properties {string.Join(" and ", group.Select(static declared => Purposes.Describe(declared.Property)))} have one purpose, '{group.Key}', "
                + "so that their values could be compared. Give each one of its own.";
        }
    }

    /// <summary>What is wrong with a composite index that is declared on its first property, to follow that one's name.</summary>
    public static IEnumerable<string> Of(IReadOnlyProperty property, IndexOptions index)
    {
        if (IndexRefusals.WhyInvalid(property, index) is { } invalid)
        {
            yield return $"that cannot be: {invalid}";
            yield break;
        }

        string[] normalisers = index.Normaliser.Split(',');
        for (int i = 0; i < index.Parts.Count; i++)
        {
            var part = property.DeclaringType.FindDeclaredProperty(index.Parts[i]);
            if (part is null || !EncryptionAnnotations.IsEncrypted(part))
            {
                yield return $"of several properties ({index.Purpose}), and {index.Parts[i]} is no encrypted property of {property.DeclaringType.ShortName()}. Name such properties of one class.";
                continue;
            }

            var encoded = part.GetValueConverter()?.ProviderClrType ?? part.GetProviderClrType() ?? part.ClrType;
            encoded = Nullable.GetUnderlyingType(encoded) ?? encoded;
            if (!ValueCodecs.HasOwnCodec(encoded) || IndexRefusals.WhyUnequal(encoded) is not null)
            {
                yield return $"of several properties ({index.Purpose}), and {part.Name} is a {encoded.Name}, which cannot be compared by an index: {IndexRefusals.WhyUnequal(encoded) ?? "it has no canonical encoding."}";
            }
            else if (normalisers[i] != IndexDefinition.NoNormaliser && encoded != typeof(string))
            {
                yield return $"of several properties ({index.Purpose}) with the normaliser {normalisers[i]}, which does not fit the {encoded.Name} {part.Name}.";
            }
        }

        if (index.Parts.Distinct(StringComparer.Ordinal).Count() < index.Parts.Count || normalisers.Length != index.Parts.Count)
        {
            yield return $"of several properties ({index.Purpose}) that names one of them twice, or another number of normalisers.";
        }

        if (index.Unique && index.Bits < IndexDefinition.FullBits)
        {
            yield return $"of several properties ({index.Purpose}) that is unique and keeps {index.Bits} bits, which different values may share. Keep all {IndexDefinition.FullBits}, or drop Unique.";
        }

        if (property.DeclaringType.FindProperty(BlindIndexes.NameOf(property, index)) is not null)
        {
            yield return $"whose property would be named {BlindIndexes.NameOf(property, index)}, and there is one. Rename that one.";
        }
    }
}
