namespace ColumnCrypt.Configuration;

/// <summary>What a configuration wants of a KEK.</summary>
internal enum KekRole
{
    /// <summary>Wraps new keys, and unwraps.</summary>
    Wraps,

    /// <summary>Wraps every new key once more, and unwraps where those before it do not.</summary>
    Also,

    /// <summary>Unwraps only.</summary>
    Unwraps,

    /// <summary>Wraps every new key once more, for recovery; never unwraps here.</summary>
    Escrow,
}
