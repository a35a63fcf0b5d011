namespace ColumnCrypt.Store.Schema;

/// <summary>The type of a column of the key tables, independent of any database.</summary>
public enum KeyColumnType
{
    /// <summary>Text that is compared byte by byte.</summary>
    Id,

    /// <summary>Text that is only shown.</summary>
    Text,

    /// <summary>Bytes.</summary>
    Bytes,

    /// <summary>A signed 32-bit number.</summary>
    Int,

    /// <summary>A signed 64-bit number.</summary>
    Long,

    /// <summary>A point in time, UTC, exact to the millisecond at least.</summary>
    Time,
}
