using System.Globalization;
using ColumnCrypt.Format;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>Says which columns cannot stay text, or are too short for it; each reason follows the property's name.</summary>
internal static class TextFormRefusals
{
    private const int Overhead = 45;
    private const int BytesPerCharacter = 3;

    private static readonly HashSet<string> s_texts = new(StringComparer.OrdinalIgnoreCase) { "text", "character varying", "varchar", "nvarchar" };

    public static IEnumerable<string> Of(IReadOnlyProperty property, IRelationalTypeMappingSource types)
    {
        if (!EncryptionAnnotations.IsText(property))
        {
            yield break;
        }

        if (!EncryptionAnnotations.IsEncrypted(property))
        {
            // Of one that is adopted, AdoptionRefusals says so.
            if (!Adoption.IsInPlace(property))
            {
                yield return "has the text form of values and is not encrypted. Add IsEncrypted(), or remove HasTextForm.";
            }

            yield break;
        }

        if (property.ClrType != typeof(string) || property.GetValueConverter() is not null || property.GetProviderClrType() is not null)
        {
            string type = (Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType).Name;
            yield return $"is to stay text and is {(property.ClrType == typeof(string) ? "a string with a conversion" : $"of the type {type}")}: only a string without one stands in its column as it is. "
                + "Give it an encrypted column of its own: AdoptFrom takes every type.";
            yield break;
        }

        int? longest = property.GetMaxLength();
        string? declared = property.FindAnnotation(RelationalAnnotationNames.ColumnType)?.Value as string;
        string store = types.FindMapping(typeof(string), declared, unicode: property.IsUnicode(), size: longest, fixedLength: property.IsFixedLength())?.StoreType ?? declared ?? "";
        string[] parts = store.Split('(', ')');
        if (!s_texts.Contains(parts[0].Trim()))
        {
            yield return $"is to stay text in a column of the type {store}, which would change it or compare it in another way. The types that go are {string.Join(", ", s_texts.Order(StringComparer.Ordinal))}. "
                + "Give it an encrypted column of its own: AdoptFrom.";
            yield break;
        }

        if (parts.Length > 1 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int size) && WhyTooShort(size, longest) is { } tooShort)
        {
            yield return $"is to stay text in a column of the type {store}, and {tooShort}";
        }
    }

    /// <summary>How many characters the text form of a text takes at most, each of whose characters may take 3 bytes of UTF-8.</summary>
    private static int TextLengthOf(int characters) => TextForm.Prefix.Length + (((4 * (Overhead + (BytesPerCharacter * characters))) + 2) / 3);

    private static string? WhyTooShort(int size, int? longest)
    {
        int fitting = (((size - TextForm.Prefix.Length) * 3 / 4) - Overhead) / BytesPerCharacter;
        int characters = longest ?? 1;
        return longest is null && fitting > 0
            ? string.Create(CultureInfo.InvariantCulture, $"nothing says how long its values are. Say it: HasMaxLength({fitting}) is the longest whose text form fits.")
            : TextLengthOf(characters) > size
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"the text form of {characters} characters takes up to {TextLengthOf(characters)}. Let the column be text, or of at least that length, and say so beside HasMaxLength: HasColumnType(\"text\").")
                : null;
    }
}
