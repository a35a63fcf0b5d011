namespace ColumnCrypt;

/// <summary>
/// Declares one blind index of several <see cref="EncryptedAttribute"/> properties together: rows are looked up by all of them at once,
/// <c>==</c> joined by <c>&amp;&amp;</c>, or told to differ in at least one. A row in which one of them is null has no index value. A save that
/// changes some of them writes all of them.
/// </summary>
/// <remarks>
/// Leakage: whoever reads the database learns which rows of one tenant hold equal values in all the properties, and how often; nothing of rows that
/// share only some. docs/leakage.md has the numbers.
/// </remarks>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class CompositeBlindIndexAttribute : Attribute
{
    /// <summary>Declares the index.</summary>
    /// <param name="purpose">The stable name of the index, for example <c>patient.name-born</c>: 1 to 200 bytes of UTF-8, no property's purpose.</param>
    /// <param name="properties">The names of 2 to 16 encrypted properties of the class, in an order that stays.</param>
    public CompositeBlindIndexAttribute(string purpose, params string[] properties)
    {
        Purpose = purpose;
        Properties = properties;
    }

    /// <summary>The stable name of the index: the subkey is derived from it.</summary>
    public string Purpose { get; }

    /// <summary>The names of the properties.</summary>
    public IReadOnlyList<string> Properties { get; }

    /// <summary>
    /// True where no two rows of a tenant may be equal in all the properties; together with the property of <c>HasTenant</c> where there is one. Rows
    /// with a null in one of them may. Needs all bits. Default: false.
    /// </summary>
    public bool Unique { get; set; }

    /// <summary>How many leftmost bits are kept, 1 to 256. Default: 256.</summary>
    public int Bits { get; set; } = 256;

    /// <summary>The normalisers of the properties in their order, <c>name@version</c>. Default: null, none for any of them.</summary>
    public string[]? Normalisers { get; set; }

    /// <summary>The index version, 1 or more: see <see cref="BlindIndexAttribute.Version"/>. Default: 1.</summary>
    public int Version { get; set; } = 1;

    /// <summary>True where the index is written still and asked no more: see <see cref="BlindIndexAttribute.Retiring"/>. Default: false.</summary>
    public bool Retiring { get; set; }
}
