namespace ColumnCrypt.Kek.Pkcs11;

/// <summary>What the options of one KEK say of its token.</summary>
internal sealed class Pkcs11Settings
{
    public Action<Pkcs11Options>? Configure { get; set; }
}
