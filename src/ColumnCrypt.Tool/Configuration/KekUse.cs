namespace ColumnCrypt.Tool.Configuration;

/// <summary>What the configuration lets a KEK be used for.</summary>
internal enum KekUse
{
    /// <summary>It wraps new keys, and unwraps.</summary>
    Wraps,

    /// <summary>It wraps every new key as well, and unwraps.</summary>
    Also,

    /// <summary>It only unwraps.</summary>
    Unwraps,

    /// <summary>It wraps every new key once more, for escrow.</summary>
    Escrow,

    /// <summary>It is some tenant's own.</summary>
    TenantsOwn,
}
