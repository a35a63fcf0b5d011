using System.Runtime.InteropServices;

namespace ColumnCrypt.Kek.Pkcs11.Native;

/// <summary>CK_C_INITIALIZE_ARGS: the module may use the locks of the operating system.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct InitializeArguments
{
    /// <summary>CKF_OS_LOCKING_OK.</summary>
    public const ulong SystemLocks = 2;

    public void* CreateMutex;
    public void* DestroyMutex;
    public void* LockMutex;
    public void* UnlockMutex;
    public nuint Flags;
    public void* Reserved;
}
