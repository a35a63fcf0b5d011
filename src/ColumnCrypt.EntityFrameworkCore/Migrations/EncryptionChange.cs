using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore.Metadata;

namespace ColumnCrypt.EntityFrameworkCore.Migrations;

/// <summary>Says what is wrong with a column that is kept and whose encryption changes.</summary>
internal static class EncryptionChange
{
    /// <summary>The encrypted property of a column, or null.</summary>
    public static IProperty? EncryptedIn(IColumn column) =>
        column.PropertyMappings.Select(static mapping => mapping.Property).FirstOrDefault(static property => EncryptionAnnotations.IsEncrypted(property));

    /// <summary>A column as messages name it.</summary>
    public static string NameOf(IColumn column) => $"{column.Table.SchemaQualifiedName}.{column.Name}";

    /// <summary>How a column of plaintext becomes one of ciphertext.</summary>
    public static string WayIn(IProperty property, string plaintext) =>
        $"Give {Purposes.Describe(property)} a column of its own and move the rows while the application runs: "
        + $"Property(x => x.{property.Name}).IsEncrypted(\"{EncryptionAnnotations.PurposeOf(property)}\").HasColumnName(\"{plaintext}_encrypted\").AdoptFrom(\"{plaintext}\", until: …) "
        + "(docs/guides/adopting.md). Where the values may be lost, drop the column in one migration and add the encrypted one in the next.";

    /// <summary>Why a column cannot become what it is to be; null where it can.</summary>
    public static string? Of(IColumn source, IColumn target) => (EncryptedIn(source), EncryptedIn(target)) switch
    {
        (null, { } encrypted) =>
            $"{NameOf(source)} holds the plaintext of '{EncryptionAnnotations.PurposeOf(encrypted)}', and the model has ciphertext in it: the values would be copied as they are, or stay. {WayIn(encrypted, source.Name)}",
        ({ } encrypted, null) =>
            $"{NameOf(source)} holds the ciphertext of '{EncryptionAnnotations.PurposeOf(encrypted)}', and the model has plaintext in it: the values would be copied as they are, or stay. "
            + "Have them decrypted first (columncrypt adopt --back, docs/guides/adopting.md). Where they may be lost, drop the column in one migration and add the other one in the next.",
        ({ } was, { } encrypted) when EncryptionAnnotations.PurposeOf(was) != EncryptionAnnotations.PurposeOf(encrypted) =>
            $"{NameOf(source)} holds ciphertext of '{EncryptionAnnotations.PurposeOf(was)}', which nobody could read as '{EncryptionAnnotations.PurposeOf(encrypted)}'. "
            + $"Keep the purpose: [Encrypted(\"{EncryptionAnnotations.PurposeOf(was)}\")].",
        _ => null,
    };
}
