namespace Microsoft.EntityFrameworkCore;

/// <summary>A column that holds ciphertext.</summary>
/// <param name="Schema">The schema, or null where the database has none.</param>
/// <param name="Table">The table or view.</param>
/// <param name="Column">The column.</param>
/// <param name="Type">The CLR type of the property.</param>
/// <param name="Purpose">The purpose.</param>
/// <param name="Size">The longest plaintext, in characters or bytes, or null where there is no limit.</param>
/// <param name="Index">The column of its blind index, or null where there is none.</param>
public sealed record EncryptedColumn(string? Schema, string Table, string Column, Type Type, string Purpose, int? Size, string? Index);
