using System.ComponentModel;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>A row that an index found, with the decrypted values that tell whether it was right. Public because compiled queries make it; not meant to be used by applications.</summary>
/// <typeparam name="T">What the query gives for a row.</typeparam>
/// <param name="row">What the query gives for the row.</param>
/// <param name="values">The decrypted values of the properties that were looked up.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class Found<T>(T row, object?[] values)
{
    /// <summary>What the query gives for the row.</summary>
    public T Row => row;

    /// <summary>The decrypted values of the properties that were looked up.</summary>
    public IReadOnlyList<object?> Values => values;
}
