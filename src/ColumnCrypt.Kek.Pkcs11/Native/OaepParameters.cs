using System.Runtime.InteropServices;

namespace ColumnCrypt.Kek.Pkcs11.Native;

/// <summary>CK_RSA_PKCS_OAEP_PARAMS.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct OaepParameters
{
    /// <summary>CKG_MGF1_SHA256.</summary>
    public const ulong Mgf1Sha256 = 2;

    /// <summary>CKZ_DATA_SPECIFIED: the label stands here, and is empty.</summary>
    public const ulong DataSpecified = 1;

    public MechanismType Hash;
    public nuint Mgf;
    public nuint Source;
    public void* Label;
    public nuint LabelLength;
}
