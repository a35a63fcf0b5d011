using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Model;

/// <summary>Reads from a model which encrypted properties are adopted from a column of plaintext.</summary>
internal static class Adoption
{
    /// <summary>The column that an encrypted property is adopted from, or null.</summary>
    public static string? PlaintextColumnOf(IReadOnlyProperty property) => (string?)property.FindAnnotation(EncryptionAnnotations.AdoptFrom)?.Value;

    /// <summary>True for the shadow property that stands for such a column.</summary>
    public static bool IsPlaintext(IReadOnlyProperty property) => property.FindAnnotation(EncryptionAnnotations.PlaintextOf) is not null;
}
