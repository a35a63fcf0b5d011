using System.Runtime.InteropServices;

namespace ColumnCrypt.Kek.Pkcs11.Native;

/// <summary>CK_GCM_PARAMS.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GcmParameters
{
    public byte* Iv;
    public nuint IvLength;
    public nuint IvBits;
    public byte* AssociatedData;
    public nuint AssociatedDataLength;
    public nuint TagBits;
}
