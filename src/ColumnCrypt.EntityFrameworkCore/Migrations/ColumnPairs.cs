using System.Collections;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations.Operations;

namespace ColumnCrypt.EntityFrameworkCore.Migrations;

/// <summary>The columns that a migration keeps: each as it was and as it will be, also where it, or its table, is renamed.</summary>
/// <param name="source">The model before.</param>
/// <param name="target">The model after.</param>
/// <param name="operations">What the migration does.</param>
internal sealed class ColumnPairs(IRelationalModel? source, IRelationalModel? target, IReadOnlyList<MigrationOperation> operations)
    : IEnumerable<(IColumn Source, IColumn Target)>
{
    /// <summary>What a table is called before a migration.</summary>
    /// <param name="table">Its name after it.</param>
    /// <param name="schema">Its schema after it; null for the default one, as EF has it in its operation.</param>
    /// <param name="operations">What the migration does.</param>
    public static (string Table, string? Schema) SourceOf(string table, string? schema, IReadOnlyList<MigrationOperation> operations) =>
        operations.OfType<RenameTableOperation>().FirstOrDefault(o => (o.NewName ?? o.Name) == table && o.NewSchema == schema) is { } renamed ? (renamed.Name, renamed.Schema) : (table, schema);

    public IEnumerator<(IColumn Source, IColumn Target)> GetEnumerator()
    {
        foreach (var table in target?.Tables ?? [])
        {
            if (SourceOf(table) is not { } before)
            {
                continue;
            }

            foreach (var column in table.Columns)
            {
                if (before.FindColumn(SourceNameOf(column)) is { } was && !IsDropped(was))
                {
                    yield return (was, column);
                }
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private ITable? SourceOf(ITable table)
    {
        var (name, schema) = SourceOf(table.Name, table.Schema, operations);
        return source?.FindTable(name, schema);
    }

    private string SourceNameOf(IColumn column) => operations.OfType<RenameColumnOperation>()
        .FirstOrDefault(o => o.NewName == column.Name && o.Table == column.Table.Name && o.Schema == column.Table.Schema)?.Name ?? column.Name;

    // Dropped and added again under its name, it is another column.
    private bool IsDropped(IColumn column) => operations.OfType<DropColumnOperation>()
        .Any(o => o.Name == column.Name && o.Table == column.Table.Name && o.Schema == column.Table.Schema);
}
