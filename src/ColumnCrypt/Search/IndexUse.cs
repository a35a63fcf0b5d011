namespace ColumnCrypt.Search;

/// <summary>What an index value is made for: only what is written makes an index key.</summary>
public enum IndexUse
{
    /// <summary>It is stored in a row. The tenant's index key is made where there is none.</summary>
    Write,

    /// <summary>
    /// It is compared with stored ones. Where the tenant has no such index key there are no rows, and the value is random: nothing equals it.
    /// </summary>
    Query,
}
