using System.Data;
using ColumnCrypt.Format;

namespace ColumnCrypt.Store.Sql;

/// <summary>Writes the values of a row, named after columns.</summary>
internal readonly struct RowWriter(IRowSink sink, KeyStoreDialect dialect)
{
    public void Set(string name, string? value) => sink.Add(name, DbType.String, value);

    public void Set(string name, byte[]? value) => sink.Add(name, DbType.Binary, value);

    public void Set(string name, KeyId value) => sink.Add(name, DbType.Binary, value.ToArray());

    public void Set(string name, KeyId? value) => sink.Add(name, DbType.Binary, value?.ToArray());

    public void Set(string name, int value) => sink.Add(name, DbType.Int32, value);

    public void Set(string name, long? value) => sink.Add(name, DbType.Int64, value);

    public void Set(string name, DateTimeOffset? value) => sink.Add(name, null, value is { } time ? dialect.WriteTime(StoreTime.Truncate(time)) : null);
}
