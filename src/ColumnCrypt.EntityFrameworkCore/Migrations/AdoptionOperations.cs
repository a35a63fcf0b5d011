using ColumnCrypt.EntityFrameworkCore.Model;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Microsoft.EntityFrameworkCore.Storage;

namespace ColumnCrypt.EntityFrameworkCore.Migrations;

/// <summary>
/// Adds to a migration what an adoption needs and EF's model cannot say: the empty value of rows that are not encrypted yet, and what refuses to
/// drop a column whose values are nowhere else.
/// </summary>
/// <param name="provider">The name of the database provider.</param>
/// <param name="sql">The provider's quotes.</param>
internal sealed class AdoptionOperations(string provider, ISqlGenerationHelper sql)
{
    private readonly DropGuard? _guard = DropGuard.For(provider);

    public IReadOnlyList<MigrationOperation> Fit(IReadOnlyList<MigrationOperation> operations, IRelationalModel? source, IRelationalModel? target)
    {
        foreach (var added in operations.OfType<AddColumnOperation>().Concat(operations.OfType<CreateTableOperation>().SelectMany(static table => table.Columns)))
        {
            if (Adopted(target, added.Schema, added.Table, added.Name) is not null)
            {
                added.DefaultValue = Array.Empty<byte>();
            }
        }

        if (source is null || target is null)
        {
            return operations;
        }

        return [.. operations.SelectMany(operation => (operation is DropColumnOperation dropped && Guard(dropped, source) is { } guard ? [guard] : Array.Empty<MigrationOperation>()).Append(operation)),
            .. Ended(source, target)];
    }

    private static IProperty? Adopted(IRelationalModel? model, string? schema, string table, string column) =>
        model?.FindTable(table, schema)?.FindColumn(column) is { } found && EncryptionChange.EncryptedIn(found) is { } property && Adoption.PlaintextColumnOf(property) is not null
            ? property
            : null;

    private SqlOperation? Guard(DropColumnOperation dropped, IRelationalModel source)
    {
        if (_guard is null || source.FindTable(dropped.Table, dropped.Schema) is not { } table || table.FindColumn(dropped.Name) is not { } column)
        {
            return null;
        }

        string rows = sql.DelimitIdentifier(table.Name, table.Schema);
        string quoted = sql.DelimitIdentifier(column.Name);
        if (column.PropertyMappings.Any(static mapping => Adoption.IsPlaintext(mapping.Property)))
        {
            return _guard.Of(
                rows, $"{quoted} IS NOT NULL", $"{EncryptionChange.NameOf(column)} still holds plaintext: its adoption is not over. Run: columncrypt adopt --clear");
        }

        return Adopted(source, dropped.Schema, dropped.Table, dropped.Name) is { } property && table.FindColumn(Adoption.PlaintextColumnOf(property)!) is { } plaintext
            ? _guard.Of(
                rows,
                $"length({quoted}) > 0 AND {sql.DelimitIdentifier(plaintext.Name)} IS NULL",
                $"{EncryptionChange.NameOf(column)} holds values that are not decrypted in {plaintext.Name}. Run: columncrypt adopt --back")
            : null;
    }

    /// <summary>Takes the empty value back once an adoption is over; on SQLite that would write the whole table anew, so that it stays.</summary>
    private IEnumerable<AlterColumnOperation> Ended(IRelationalModel source, IRelationalModel target)
    {
        foreach (var (was, column) in new ColumnPairs(source, target, []))
        {
            if (!DropGuard.IsSqlite(provider) && EncryptionChange.EncryptedIn(was) is { } before && Adoption.PlaintextColumnOf(before) is not null
                && EncryptionChange.EncryptedIn(column) is { } after && Adoption.PlaintextColumnOf(after) is null)
            {
                yield return new AlterColumnOperation
                {
                    Schema = column.Table.Schema,
                    Table = column.Table.Name,
                    Name = column.Name,
                    ClrType = typeof(byte[]),
                    ColumnType = column.StoreType,
                    IsNullable = column.IsNullable,
                    OldColumn = new AddColumnOperation { ClrType = typeof(byte[]), ColumnType = was.StoreType, IsNullable = was.IsNullable, DefaultValue = Array.Empty<byte>() },
                };
            }
        }
    }
}
