namespace ColumnCrypt.Store.Schema;

/// <summary>A column of the key tables.</summary>
/// <param name="Name">The name, lower case.</param>
/// <param name="Type">The type.</param>
/// <param name="IsNullable">Whether NULL is allowed.</param>
/// <param name="Check">A condition on the value in SQL that SQLite and PostgreSQL both understand, or null.</param>
public sealed record KeyColumn(string Name, KeyColumnType Type, bool IsNullable, string? Check)
{
    /// <summary>
    /// The text that a row has which does not say another; null for none. A column that has one is added to tables that lack it
    /// (<c>init --upgrade</c>), without writing a row.
    /// </summary>
    public string? Default { get; init; }
}
