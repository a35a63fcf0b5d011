using System.ComponentModel.DataAnnotations.Schema;

namespace ColumnCrypt;

/// <summary>
/// Encrypts the property in the database under the data key (DEK) of the current tenant. The database holds ciphertext,
/// the application sees plaintext.
/// </summary>
/// <remarks>
/// <para>It derives from <see cref="NotMappedAttribute"/> on purpose: where no call to <c>UseColumnCrypt</c> lifts it, Entity
/// Framework leaves the property unmapped, so that a forgotten call can never write plaintext.</para>
/// <para>Leakage: the length of the encoded value, and whether it is null, stay visible. Nothing else does.</para>
/// </remarks>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class EncryptedAttribute : NotMappedAttribute
{
    /// <summary>Encrypts the property under the default purpose, <c>DeclaringType.Property</c>.</summary>
    public EncryptedAttribute()
    {
    }

    /// <summary>Encrypts the property under <paramref name="purpose"/>.</summary>
    /// <param name="purpose">
    /// The stable logical name of the column, for example <c>patient.ssn</c>: 1 to 200 bytes of UTF-8. The subkey of the column
    /// is derived from it, so it stays for ever once rows exist, whatever the class or the property is renamed to.
    /// </param>
    public EncryptedAttribute(string purpose) => Purpose = purpose;

    /// <summary>The purpose, or null for the default, <c>DeclaringType.Property</c> without namespace.</summary>
    public string? Purpose { get; }
}
