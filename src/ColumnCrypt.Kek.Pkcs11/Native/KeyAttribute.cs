using System.Runtime.InteropServices;

namespace ColumnCrypt.Kek.Pkcs11.Native;

/// <summary>CK_ATTRIBUTE.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct KeyAttribute
{
    public AttributeType Type;
    public void* Value;
    public nuint Length;
}
