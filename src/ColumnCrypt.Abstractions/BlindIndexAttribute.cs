namespace ColumnCrypt;

/// <summary>
/// Declares a blind index on an <see cref="EncryptedAttribute"/> property, so that it can be looked up by equality.
/// This version cannot build one yet: a model that carries the attribute is refused rather than left without its index.
/// </summary>
/// <remarks>Leakage: whoever reads the database learns which rows of one tenant hold equal values, and how often.</remarks>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class BlindIndexAttribute : Attribute
{
    /// <summary>True where no two rows of a tenant may hold the same value. Default: false.</summary>
    public bool Unique { get; set; }
}
