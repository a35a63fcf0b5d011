namespace ColumnCrypt.Metadata;

/// <summary>What a key is for. Written in lower case in the key tables and in the wrap context.</summary>
public enum KeyKind
{
    /// <summary>A tenant's data key (DEK): subkeys that encrypt values derive from it.</summary>
    Data,

    /// <summary>A tenant's index key: blind indexes derive from it.</summary>
    Index,

    /// <summary>A key that wraps DEKs and is itself wrapped by a KEK.</summary>
    Intermediate,

    /// <summary>The installation key: authenticates the key tables.</summary>
    Installation,

    /// <summary>A signing key.</summary>
    Signing,
}
