using System.Globalization;
using ColumnCrypt.EntityFrameworkCore.Model;
using ColumnCrypt.Format;
using Microsoft.EntityFrameworkCore;
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
    public static string WayIn(IProperty property, string plaintext) => EncryptionAnnotations.IsText(property)
        ? $"Adopt it where it stands: Property(x => x.{property.Name}).IsEncrypted(\"{EncryptionAnnotations.PurposeOf(property)}\").AdoptInPlace(until: …) (docs/guides/adopting.md)."
        : $"Give {Purposes.Describe(property)} a column of its own and move the rows while the application runs: "
        + $"Property(x => x.{property.Name}).IsEncrypted(\"{EncryptionAnnotations.PurposeOf(property)}\").HasColumnName(\"{plaintext}_encrypted\").AdoptFrom(\"{plaintext}\", until: …) "
        + "(docs/guides/adopting.md). Where the values may be lost, drop the column in one migration and add the encrypted one in the next.";

    /// <summary>Why a column cannot become what it is to be; null where it can.</summary>
    public static string? Of(IColumn source, IColumn target) => (EncryptedIn(source), EncryptedIn(target)) switch
    {
        (null, { } encrypted) when Adoption.IsInPlace(encrypted) && HoldsText(source) => null,
        ({ } encrypted, null) when Adoption.IsInPlace(encrypted) && HoldsText(target) => null,
        ({ } encrypted, null) when EncryptionAnnotations.IsText(encrypted) && HoldsText(target) =>
            $"{NameOf(source)} holds the ciphertext of '{EncryptionAnnotations.PurposeOf(encrypted)}', and the model has plaintext in it. Let the model have AdoptInPlace(until: …) in the place of HasTextForm(), in a migration of its own, "
            + "and have the values decrypted (columncrypt adopt --back, docs/guides/adopting.md).",
        ({ } was, { } encrypted) when EncryptionAnnotations.IsText(was) != EncryptionAnnotations.IsText(encrypted) =>
            $"{NameOf(source)} holds ciphertext as {(EncryptionAnnotations.IsText(was) ? "text" : "bytes")}, and the model has it as {(EncryptionAnnotations.IsText(encrypted) ? "text" : "bytes")}: "
            + $"the values would be copied as they are, and nobody could read them. {(EncryptionAnnotations.IsText(was) ? "Keep HasTextForm()." : "Take HasTextForm() out of the model.")}",
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

    /// <summary>The condition that a kept column must meet before a migration may change what it is taken for, with what to do where it does not; null where there is none.</summary>
    /// <param name="source">The column as it was.</param>
    /// <param name="target">The column as it will be.</param>
    /// <param name="quoted">Its name, in quotes.</param>
    public static (string Violation, string Message)? ConditionOf(IColumn source, IColumn target, string quoted)
    {
        string begins = $"substr({quoted}, 1, {TextForm.Prefix.Length.ToString(CultureInfo.InvariantCulture)})";
        return (EncryptedIn(source), EncryptedIn(target)) switch
        {
            ({ } was, null) when Adoption.IsInPlace(was) =>
                ($"{begins} = '{TextForm.Prefix}'", $"{NameOf(target)} holds values that are not decrypted. Run: columncrypt adopt --back"),
            ({ } was, { } encrypted) when Adoption.IsInPlace(was) && !Adoption.IsInPlace(encrypted) && EncryptionAnnotations.IsText(encrypted) =>
                ($"{begins} <> '{TextForm.Prefix}'", $"{NameOf(target)} still holds plaintext: its adoption is not over. Run: columncrypt adopt --complete"),
            _ => null,
        };
    }

    private static bool HoldsText(IColumn column) => column.PropertyMappings.All(static mapping =>
        mapping.Property.ClrType == typeof(string) && (mapping.Property.GetTypeMapping().Converter?.ProviderClrType ?? typeof(string)) == typeof(string));
}
