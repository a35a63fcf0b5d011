using System.Data;

namespace ColumnCrypt.Store.Sql;

/// <summary>Takes the values of one row or of many.</summary>
internal interface IRowSink
{
    /// <param name="name">The column.</param>
    /// <param name="type">The type; null for a time.</param>
    /// <param name="value">The value as the database takes it, or null.</param>
    void Add(string name, DbType? type, object? value);
}
