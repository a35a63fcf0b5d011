using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Migrations;

/// <summary>Has a migration refuse to drop a column of an adoption whose values are nowhere else, or to take a column of text for what its rows are not yet.</summary>
/// <param name="provider">The name of the database provider.</param>
/// <param name="sql">The provider's quotes.</param>
internal sealed class AdoptionOperations(string provider, ISqlGenerationHelper sql)
{
    private readonly DropGuard? _guard = DropGuard.For(provider);

    public IReadOnlyList<MigrationOperation> Fit(IReadOnlyList<MigrationOperation> operations, IRelationalModel? source, IRelationalModel? target)
    {
        // At first, while the table and its columns have the names that they had.
        List<MigrationOperation> fit = [.. new ColumnPairs(source, target, operations).Select(pair => Guard(pair.Source, pair.Target)).OfType<SqlOperation>()];
        foreach (var operation in operations)
        {
            if (operation is DropColumnOperation dropped && source?.FindTable(dropped.Table, dropped.Schema)?.FindColumn(dropped.Name) is { } column && Guard(column) is { } guard)
            {
                fit.Add(guard);
            }

            fit.Add(operation);
        }

        return fit;
    }

    private SqlOperation? Guard(IColumn source, IColumn target) => EncryptionChange.ConditionOf(source, target, sql.DelimitIdentifier(source.Name)) is var (violation, message)
        ? _guard?.Of(sql.DelimitIdentifier(source.Table.Name, source.Table.Schema), violation, message)
        : null;

    private SqlOperation? Guard(IColumn column)
    {
        string rows = sql.DelimitIdentifier(column.Table.Name, column.Table.Schema);
        string quoted = sql.DelimitIdentifier(column.Name);
        if (column.PropertyMappings.Any(static mapping => Adoption.IsPlaintext(mapping.Property)))
        {
            return _guard?.Of(
                rows, $"{quoted} IS NOT NULL", $"{EncryptionChange.NameOf(column)} still holds plaintext: its adoption is not over. Run: columncrypt adopt --clear");
        }

        return EncryptionChange.EncryptedIn(column) is { } property && Adoption.PlaintextColumnOf(property) is { } plaintext
            ? _guard?.Of(
                rows,
                $"length({quoted}) > 0 AND {sql.DelimitIdentifier(plaintext)} IS NULL",
                $"{EncryptionChange.NameOf(column)} holds values that are not decrypted in {plaintext}. Run: columncrypt adopt --back")
            : null;
    }
}
