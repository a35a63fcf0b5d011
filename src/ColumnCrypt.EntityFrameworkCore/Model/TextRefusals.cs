using ColumnCrypt.Search;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>Says which text indexes of a property cannot be built, or must not be built unasked; each reason follows the property's name.</summary>
internal static class TextRefusals
{
    private const int MaxPrefix = 64;

    public static IEnumerable<string> Of(IReadOnlyProperty property)
    {
        var parts = TextIndexes.DeclaredOn(property);
        if (parts.Count == 0)
        {
            yield break;
        }

        if (WhyNowhere(property) is { } nowhere)
        {
            yield return $"declares a text index {nowhere}";
            yield break;
        }

        foreach (string why in parts.Select(part => WhyImpossible(property, part)).OfType<string>())
        {
            yield return $"declares a text index {why}";
        }

        foreach (var twice in parts.GroupBy(static p => (p.Words, p.Version)).Where(static g => g.Count() > 1))
        {
            yield return $"declares two text indexes of {twice.First().Name} and version {twice.Key.Version}. "
                + $"Drop one, or, to change the index, give the new one a version of its own: Version = {parts.Max(static p => p.Version) + 1}.";
        }

        foreach (var retiring in parts.Where(part => part.Retiring && !parts.Any(other => !other.Retiring && other.Words == part.Words)))
        {
            yield return $"declares a text index of {retiring.Name} that is retiring, and no other version to ask instead. Declare one, or remove Retiring.";
        }

        foreach (int version in parts.Select(static p => p.Version).Distinct().Where(static v => v >= 1))
        {
            string table = TokenTable.NameOf(property, version);
            if (property.DeclaringType.Model.FindEntityType(table) is not null
                || property.DeclaringType.Model.GetEntityTypes().Any(type => type.GetTableName() == table && type.GetSchema() == ((IReadOnlyEntityType)property.DeclaringType).GetSchema()))
            {
                yield return $"declares a text index whose table would be named {table}, and there is one. Rename that one.";
            }
        }

        var indexes = BlindIndexes.DeclaredOn(property);
        string? reason = parts.Select(static p => p.AllowSmallDomain).Concat(indexes.Select(static i => i.AllowSmallDomain)).FirstOrDefault(static r => !string.IsNullOrWhiteSpace(r));
        if (SmallDomain.WhyRefused(property.ClrType, [.. indexes.Select(static i => i.Kind).Concat(parts.SelectMany(static p => p.Kinds)).Distinct()], reason) is { } small)
        {
            yield return $"{small}.";
        }
    }

    private static string? WhyNowhere(IReadOnlyProperty property)
    {
        if (property.DeclaringType is not IReadOnlyEntityType entity || entity.IsOwned())
        {
            return "and is part of a complex or owned type, whose rows have no key of their own for its tokens. Put the property on an entity.";
        }

        if (property.ClrType != typeof(string) || property.GetValueConverter() is not null || property.GetProviderClrType() is not null)
        {
            return "and is not a plain string: tokens are of the text that the query compares. Index a string without a conversion.";
        }

        if (entity.FindPrimaryKey() is not { } key)
        {
            return "and its entity has no key for its tokens to name. Give it one.";
        }

        if (entity.GetTableName() is null || entity.GetMappingStrategy() == RelationalAnnotationNames.TpcMappingStrategy)
        {
            return "and its rows are in no table, or in several, so that no foreign key can delete its tokens with them. Map the hierarchy to one table (TPH), or to one for each type (TPT).";
        }

        return key.Properties.Any(static k => string.Equals(k.Name, TokenTable.Token, StringComparison.OrdinalIgnoreCase))
            ? $"and its key has a property named {TokenTable.Token}, as the column of the tokens is. Rename that property."
            : null;
    }

    private static string? WhyImpossible(IReadOnlyProperty property, TextPart part)
    {
        if (!part.Words && (part.From < 1 || part.To > MaxPrefix || part.From > part.To))
        {
            return $"of prefixes from {part.From} to {part.To} characters. Say PrefixFrom and PrefixTo, each 1 to {MaxPrefix} and in this order, or Words = true.";
        }

        if (part.Words && part.Bits < IndexDefinition.FullBits)
        {
            return $"of words that keeps {part.Bits} bits: a query counts the words that match, and cut-off tokens of two words may be one. Keep all {IndexDefinition.FullBits}.";
        }

        try
        {
            _ = part.Definitions(EncryptionAnnotations.PurposeOf(property)!).ToList();
            return null;
        }
        catch (EncryptionModelException error)
        {
            return $"that cannot be: {error.Message}";
        }
    }
}
