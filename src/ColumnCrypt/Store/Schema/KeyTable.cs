namespace ColumnCrypt.Store.Schema;

/// <summary>One of the key tables.</summary>
/// <param name="Name">The name, lower case.</param>
/// <param name="Columns">The columns, in order.</param>
/// <param name="PrimaryKey">The columns of the primary key, in order.</param>
/// <param name="Indexes">The indexes beside the primary key.</param>
public sealed record KeyTable(string Name, IReadOnlyList<KeyColumn> Columns, IReadOnlyList<string> PrimaryKey, IReadOnlyList<KeyIndex> Indexes)
{
    /// <summary>The name of the constraint that a column's <see cref="KeyColumn.Check"/> becomes.</summary>
    /// <param name="column">The column.</param>
    public string CheckName(KeyColumn column)
    {
        ArgumentNullException.ThrowIfNull(column);
        return $"{Name}_{column.Name}_check";
    }

    /// <summary>The name of the primary key's constraint.</summary>
    public string PrimaryKeyName => $"{Name}_pkey";

    /// <summary>Where a column stands in <see cref="Columns"/>.</summary>
    /// <param name="column">The column's name.</param>
    internal int OrdinalOf(string column)
    {
        for (var ordinal = 0; ordinal < Columns.Count; ordinal++)
        {
            if (Columns[ordinal].Name == column)
            {
                return ordinal;
            }
        }

        throw new ArgumentException($"{Name} has no column {column}.", nameof(column));
    }
}
