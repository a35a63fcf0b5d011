using System.Data.Common;
using ColumnCrypt.Format;
using ColumnCrypt.Store.Schema;

namespace ColumnCrypt.Store.Sql;

/// <summary>
/// Reads one row of a key table whose columns stand together in a result, in the table's order. Whatever ColumnCrypt cannot have
/// written there is reported as tampered.
/// </summary>
internal readonly struct RowReader(DbDataReader reader, KeyTable table, int offset, KeyStoreDialect dialect)
{
    public bool IsNull(string column) => reader.IsDBNull(Ordinal(column));

    public string Text(string column) => Read(column, static (reader, ordinal) => reader.GetString(ordinal));

    public string? TextOrNull(string column) => IsNull(column) ? null : Text(column);

    public byte[] Bytes(string column) => Read(column, static (reader, ordinal) => reader.GetFieldValue<byte[]>(ordinal));

    public byte[]? BytesOrNull(string column) => IsNull(column) ? null : Bytes(column);

    public KeyId KeyId(string column) => Read(column, static (reader, ordinal) => new KeyId(reader.GetFieldValue<byte[]>(ordinal)));

    public KeyId? KeyIdOrNull(string column) => IsNull(column) ? null : KeyId(column);

    public int Int32(string column) => Read(column, static (reader, ordinal) => checked((int)reader.GetInt64(ordinal)));

    public long Int64(string column) => Read(column, static (reader, ordinal) => reader.GetInt64(ordinal));

    public long? Int64OrNull(string column) => IsNull(column) ? null : Int64(column);

    public DateTimeOffset Time(string column) => Read(column, dialect.ReadTime);

    public DateTimeOffset? TimeOrNull(string column) => IsNull(column) ? null : Time(column);

    public TState State<TState>(string column)
        where TState : struct, Enum
    {
        var name = Text(column);
        return Enum.GetNames<TState>().Contains(name, StringComparer.Ordinal)
            ? Enum.Parse<TState>(name)
            : throw Tampered(column, $"the unknown state '{name}'", null);
    }

    private T Read<T>(string column, Func<DbDataReader, int, T> read)
    {
        if (IsNull(column))
        {
            throw Tampered(column, "NULL", null);
        }

        try
        {
            return read(reader, Ordinal(column));
        }
        catch (Exception error) when (error is InvalidCastException or FormatException or ArgumentException or OverflowException)
        {
            throw Tampered(column, "a value of the wrong type or size", error);
        }
    }

    private int Ordinal(string column) => offset + table.OrdinalOf(column);

    private KeyUnavailableException Tampered(string column, string what, Exception? error) => new(
        KeyUnavailableReason.Tampered,
        $"{table.Name}.{column} in {dialect.Place} holds {what}. Compare the key tables with a backup; a newer ColumnCrypt may have written it.",
        error);
}
