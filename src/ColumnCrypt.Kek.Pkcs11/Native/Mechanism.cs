using System.Runtime.InteropServices;

namespace ColumnCrypt.Kek.Pkcs11.Native;

/// <summary>CK_MECHANISM.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Mechanism
{
    public MechanismType Type;
    public void* Parameter;
    public nuint ParameterLength;
}
