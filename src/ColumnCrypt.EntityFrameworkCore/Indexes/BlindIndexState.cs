namespace ColumnCrypt.EntityFrameworkCore.Indexes;

/// <summary>Whether an index column says what it should.</summary>
/// <param name="Schema">The schema, or null where the database has none.</param>
/// <param name="Table">The table.</param>
/// <param name="Column">The index column; of a text index the table of its tokens.</param>
/// <param name="Missing">Rows that should have an index value and have none.</param>
/// <param name="Wrong">Rows with another index value than they should have; always 0 without <see cref="BlindIndexFillOptions.Recheck"/>.</param>
/// <param name="Unreadable">Rows of which nobody can say, for their value cannot be decrypted; those of shredded tenants do not count.</param>
public sealed record BlindIndexState(string? Schema, string Table, string Column, long Missing, long Wrong, long Unreadable)
{
    /// <summary>True where every row that can be found is found through this index, as far as was looked.</summary>
    public bool IsComplete => Missing == 0 && Wrong == 0 && Unreadable == 0;
}
