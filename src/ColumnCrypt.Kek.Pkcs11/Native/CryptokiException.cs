using System.Globalization;

namespace ColumnCrypt.Kek.Pkcs11.Native;

/// <summary>A function of the module returned something else than CKR_OK.</summary>
/// <param name="function">The function.</param>
/// <param name="value">What it returned.</param>
internal sealed class CryptokiException(string function, ReturnValue value)
    : Exception(string.Create(CultureInfo.InvariantCulture, $"{function} returned 0x{(ulong)value:X}{(Enum.IsDefined(value) ? $" ({value})" : "")}."))
{
    public ReturnValue Value => value;
}
