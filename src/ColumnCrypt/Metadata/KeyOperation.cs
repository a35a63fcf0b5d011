namespace ColumnCrypt.Metadata;

/// <summary>What may be asked of a key.</summary>
public enum KeyOperation
{
    /// <summary>Encrypt a value.</summary>
    Encrypt,

    /// <summary>Decrypt a value, or compute an index value.</summary>
    Decrypt,

    /// <summary>Rewrap, verify or back up the key.</summary>
    Maintain,
}
