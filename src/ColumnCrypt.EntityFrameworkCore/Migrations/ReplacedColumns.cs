using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations.Operations;

namespace ColumnCrypt.EntityFrameworkCore.Migrations;

/// <summary>Finds columns of plaintext that a migration drops from a table to which it adds ciphertext, or the other way: most often one property, whose values would be lost.</summary>
internal static class ReplacedColumns
{
    public static IEnumerable<string> Of(IRelationalModel? source, IRelationalModel? target, IReadOnlyList<MigrationOperation> operations)
    {
        foreach (var added in operations.OfType<AddColumnOperation>())
        {
            if (target?.FindTable(added.Table, added.Schema)?.FindColumn(added.Name) is not { } column || !HoldsValues(column))
            {
                continue;
            }

            var encrypted = EncryptionChange.EncryptedIn(column);
            // A renamed table loses its columns under the name that it had.
            var before = ColumnPairs.SourceOf(added.Table, added.Schema, operations);
            foreach (var dropped in operations.OfType<DropColumnOperation>().Where(o => (o.Table, o.Schema) == before))
            {
                if (source?.FindTable(dropped.Table, dropped.Schema)?.FindColumn(dropped.Name) is { } was && HoldsValues(was) && EncryptionChange.EncryptedIn(was) is var lost
                    && lost is null != encrypted is null)
                {
                    yield return encrypted is not null
                        ? $"{EncryptionChange.NameOf(was)} would be dropped with its plaintext, and {EncryptionChange.NameOf(column)} added for ciphertext. If that is one property: "
                            + $"{EncryptionChange.WayIn(encrypted, was.Name)}"
                        : $"{EncryptionChange.NameOf(was)} would be dropped with the ciphertext of '{EncryptionAnnotations.PurposeOf(lost!)}', and {EncryptionChange.NameOf(column)} added for plaintext. "
                            + "If that is one property, have it decrypted first (columncrypt adopt --back, docs/guides/adopting.md). If not, drop the column in a migration of its own.";
                }
            }
        }
    }

    // Keys lead to rows, and indexes follow from values.
    private static bool HoldsValues(IColumn column) => !column.PropertyMappings.Any(static mapping =>
        mapping.Property.IsKey() || mapping.Property.IsForeignKey() || mapping.Property.FindAnnotation(EncryptionAnnotations.IndexOf) is not null);
}
