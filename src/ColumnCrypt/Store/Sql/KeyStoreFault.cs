namespace ColumnCrypt.Store.Sql;

/// <summary>What an error of the database means to the key store.</summary>
public enum KeyStoreFault
{
    /// <summary>The database did not do it. The same statement may succeed later.</summary>
    Unavailable,

    /// <summary>The connection was lost, or the database chose this transaction to give way: worth one more attempt at once.</summary>
    Retry,

    /// <summary>A row of the same key exists.</summary>
    Duplicate,

    /// <summary>The role of this connection may not do that.</summary>
    Denied,

    /// <summary>The key tables do not exist.</summary>
    TablesMissing,

    /// <summary>The key tables lack a column: an earlier ColumnCrypt made them.</summary>
    TablesOutdated,
}
