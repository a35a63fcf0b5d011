namespace ColumnCrypt.EntityFrameworkCore.Runtime;

/// <summary>What a column of plaintext has by default. Immutable, thread-safe.</summary>
/// <param name="Constant">The value; null where the database computes it.</param>
internal sealed record PlaintextDefault(object? Constant);
