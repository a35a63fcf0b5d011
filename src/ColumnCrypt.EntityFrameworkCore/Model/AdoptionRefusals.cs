using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>Says which properties cannot be adopted as the model has it; each reason follows the property's name.</summary>
internal static class AdoptionRefusals
{
    public static IEnumerable<string> Of(IReadOnlyProperty property, IRelationalTypeMappingSource types)
    {
        if (!Adoption.IsAdopted(property))
        {
            yield break;
        }

        if (!EncryptionAnnotations.IsEncrypted(property))
        {
            yield return $"is to be adopted and is not encrypted. Add IsEncrypted(), or remove {(Adoption.IsInPlace(property) ? "AdoptInPlace" : "AdoptFrom")}.";
            yield break;
        }

        string? column = Adoption.PlaintextColumnOf(property);
        if (column is not null && EncryptionAnnotations.IsText(property))
        {
            yield return Adoption.IsInPlace(property)
                ? $"is to be adopted from {column} and in place. Say one of the two: AdoptInPlace where the column must stay text, else AdoptFrom."
                : $"is to be adopted from {column} and to stay text, which only a column that is adopted in place can. Remove HasTextForm, or say AdoptInPlace instead.";
            yield break;
        }

        var entity = property.DeclaringType.ContainingEntityType;
        var tables = entity.GetDerivedTypesInclusive()
            .Where(static type => type.GetTableName() is not null)
            .Select(static type => StoreObjectIdentifier.Table(type.GetTableName()!, type.GetSchema()))
            .Where(table => property.GetColumnName(table) is not null)
            .Distinct()
            .ToList();
        if (tables is not [var only])
        {
            yield return tables.Count == 0
                ? "is to be adopted and is in no table. Adopt it where its rows are written."
                : "is to be adopted and is in several tables, each of which would be in a state of its own. Map the property in each of the types by itself, and adopt each.";
            yield break;
        }

        if (column is not null && string.Equals(property.GetColumnName(only), column, StringComparison.OrdinalIgnoreCase))
        {
            yield return $"is to be adopted from {only.Name}.{column}, which would be its own column. Give it another: HasColumnName(\"{column}_encrypted\").";
        }

        if (column is not null && IsOptionalPart(entity, only) && SaysWhetherItIsThere(property))
        {
            yield return $"is to be adopted and is part of {entity.DisplayName()}, which shares a table and may be missing. Whether it is there EF tells from the column of ciphertext, "
                + "which is empty, and not NULL, in rows of an old version. Make the part required (Navigation(…).IsRequired()), give it a table of its own, or adopt the property in place.";
        }

        if (PlaintextCollation.WhyInexact(property, types) is { } inexact && (BlindIndexes.DeclaredOn(property).Count > 0 || TextIndexes.DeclaredOn(property).Count > 0))
        {
            yield return $"is adopted with an index, {(column is null ? "in" : "from")} a column {inexact}, under which the database may find other plaintext than the index finds once it is asked: a query would find other rows from one day to the next. "
                + "Give the column an exact collation first (\"BINARY\" on SQLite, \"C\" or a deterministic one on PostgreSQL), and a type that keeps values as they are (text), in a migration of its own; or adopt without the index, and declare it, with a normaliser, once the adoption is over. "
                + "A collation of the model's own that is exact says so: HasCollation(…, deterministic: true).";
        }

        // An old version that writes beside leaves them behind, and nobody who moves the row knows of them.
        if (column is null && (TextIndexes.DeclaredOn(property).Count > 0 || HasComposite(property)))
        {
            yield return "is to be adopted in place and has a text index, or is part of a composite one, which nobody fills as rows are moved. "
                + "Declare it once the column is encrypted and the model says HasTextForm(), and fill it then: FillBlindIndexesAsync.";
        }
    }

    private static bool IsOptionalPart(IReadOnlyEntityType entity, StoreObjectIdentifier table) =>
        entity.FindRowInternalForeignKeys(table).Any(key => !key.IsRequiredDependent || IsOptionalPart(key.PrincipalEntityType, table));

    // EF asks the required properties, or where there are none, all.
    private static bool SaysWhetherItIsThere(IReadOnlyProperty property) => !property.IsNullable
        || property.DeclaringType.ContainingEntityType.GetProperties().All(static other => other.IsNullable || other.IsPrimaryKey());

    private static bool HasComposite(IReadOnlyProperty property) => property.DeclaringType.GetProperties()
        .SelectMany(BlindIndexes.DeclaredOn)
        .Any(index => index.IsComposite && index.Parts.Contains(property.Name, StringComparer.Ordinal));
}
