using System.Runtime.InteropServices;
using System.Text;

namespace ColumnCrypt.Kek.Pkcs11.Native;

/// <summary>
/// The functions of one PKCS#11 module (PKCS#11 3.0, section 5), as far as they are used here. Each throws <see cref="CryptokiException"/> where the module does not return CKR_OK. Handles are
/// the caller's to use from one thread at a time.
/// </summary>
/// <remarks>
/// The module is initialised once in a process and never finalised: others in the process may use it too. For 64-bit systems on which CK_ULONG is
/// as large as a pointer, which Windows is not.
/// </remarks>
internal sealed unsafe class Cryptoki
{
    // Positions in CK_FUNCTION_LIST, which begins with a version.
    private const int Initialize = 0, GetSlotList = 4, GetTokenInfo = 6, GetMechanismList = 7, OpenSession = 12, CloseSession = 13, LoginFunction = 18, CreateObject = 20, DestroyObject = 22;
    private const int GetAttributeValue = 24, FindObjectsInit = 26, FindObjects = 27, FindObjectsFinal = 28, EncryptInit = 29, EncryptFunction = 30, DecryptInit = 33, DecryptFunction = 34;
    private const int WrapKeyFunction = 60, UnwrapKeyFunction = 61, GenerateRandom = 64;

    private const ulong SerialSession = 4;
    private const ulong User = 1;

    // A module is the process's, whoever loads it. Two that initialise tpm2-pkcs11 at the same moment make its tokens twice: the login is then that of the lost ones.
    private static readonly Lock s_initialising = new();

    private readonly void** _functions;

    private Cryptoki(void* functionList) => _functions = (void**)((byte*)functionList + sizeof(void*));

    /// <summary>Loads and initialises a module.</summary>
    /// <exception cref="KekException">It cannot be loaded, or is no PKCS#11 module.</exception>
    /// <exception cref="CryptokiException">It cannot be initialised.</exception>
    public static Cryptoki Load(string path)
    {
        if (OperatingSystem.IsWindows() || !Environment.Is64BitProcess)
        {
            throw new KekException(KekFailure.Unavailable, "PKCS#11 modules are used on 64-bit Linux and macOS only.");
        }

        void* list;
        try
        {
            var getFunctionList = (delegate* unmanaged[Cdecl]<void**, ReturnValue>)NativeLibrary.GetExport(NativeLibrary.Load(path), "C_GetFunctionList");
            Check("C_GetFunctionList", getFunctionList(&list));
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
        {
            throw new KekException(KekFailure.Unavailable, $"{path} cannot be loaded as a PKCS#11 module. Install it, and name it with module-path or ModulePath.", error);
        }

        var module = new Cryptoki(list);
        var arguments = new InitializeArguments { Flags = (nuint)InitializeArguments.SystemLocks };
        ReturnValue value;
        lock (s_initialising)
        {
            value = ((delegate* unmanaged[Cdecl]<InitializeArguments*, ReturnValue>)module._functions[Initialize])(&arguments);
        }

        if (value != ReturnValue.CryptokiAlreadyInitialized)
        {
            Check("C_Initialize", value);
        }

        return module;
    }

    /// <summary>The slots that hold a token.</summary>
    public nuint[] Slots()
    {
        var function = (delegate* unmanaged[Cdecl]<byte, nuint*, nuint*, ReturnValue>)_functions[GetSlotList];
        nuint count = 0;
        Check("C_GetSlotList", function(1, null, &count));
        var slots = new nuint[count];
        fixed (nuint* first = slots)
        {
            Check("C_GetSlotList", function(1, first, &count));
        }

        return slots[..(int)count];
    }

    public TokenInfo Token(nuint slot)
    {
        TokenInfo info;
        Check("C_GetTokenInfo", ((delegate* unmanaged[Cdecl]<nuint, TokenInfo*, ReturnValue>)_functions[GetTokenInfo])(slot, &info));
        return info;
    }

    public MechanismType[] Mechanisms(nuint slot)
    {
        var function = (delegate* unmanaged[Cdecl]<nuint, MechanismType*, nuint*, ReturnValue>)_functions[GetMechanismList];
        nuint count = 0;
        Check("C_GetMechanismList", function(slot, null, &count));
        var mechanisms = new MechanismType[count];
        fixed (MechanismType* first = mechanisms)
        {
            Check("C_GetMechanismList", function(slot, first, &count));
        }

        return mechanisms[..(int)count];
    }

    public nuint Open(nuint slot)
    {
        nuint session;
        Check("C_OpenSession", ((delegate* unmanaged[Cdecl]<nuint, nuint, void*, void*, nuint*, ReturnValue>)_functions[OpenSession])(slot, (nuint)SerialSession, null, null, &session));
        return session;
    }

    /// <summary>Closes a session; one that is gone already is no error.</summary>
    public void Close(nuint session) => ((delegate* unmanaged[Cdecl]<nuint, ReturnValue>)_functions[CloseSession])(session);

    /// <summary>Logs the user in, for all sessions of this process with the token.</summary>
    /// <returns>False where somebody in this process is logged in already, with whatever PIN.</returns>
    public bool Login(nuint session, string pin)
    {
        Span<byte> bytes = stackalloc byte[Encoding.UTF8.GetMaxByteCount(pin.Length)];
        int length = Encoding.UTF8.GetBytes(pin, bytes);
        try
        {
            fixed (byte* first = bytes)
            {
                var value = ((delegate* unmanaged[Cdecl]<nuint, nuint, byte*, nuint, ReturnValue>)_functions[LoginFunction])(session, (nuint)User, first, (nuint)length);
                if (value == ReturnValue.UserAlreadyLoggedIn)
                {
                    return false;
                }

                Check("C_Login", value);
                return true;
            }
        }
        finally
        {
            bytes.Clear();
        }
    }

    /// <summary>Fills memory with random bytes of the token's.</summary>
    public void Random(nuint session, Span<byte> destination)
    {
        fixed (byte* first = destination)
        {
            Check("C_GenerateRandom", ((delegate* unmanaged[Cdecl]<nuint, byte*, nuint, ReturnValue>)_functions[GenerateRandom])(session, first, (nuint)destination.Length));
        }
    }

    /// <summary>The objects that have all these attributes, at most so many.</summary>
    public nuint[] Find(nuint session, ReadOnlySpan<KeyAttribute> attributes, int most)
    {
        fixed (KeyAttribute* template = attributes)
        {
            Check("C_FindObjectsInit", ((delegate* unmanaged[Cdecl]<nuint, KeyAttribute*, nuint, ReturnValue>)_functions[FindObjectsInit])(session, template, (nuint)attributes.Length));
        }

        var found = new nuint[most];
        nuint count;
        fixed (nuint* first = found)
        {
            Check("C_FindObjects", ((delegate* unmanaged[Cdecl]<nuint, nuint*, nuint, nuint*, ReturnValue>)_functions[FindObjects])(session, first, (nuint)most, &count));
        }

        Check("C_FindObjectsFinal", ((delegate* unmanaged[Cdecl]<nuint, ReturnValue>)_functions[FindObjectsFinal])(session));
        return found[..(int)count];
    }

    /// <summary>Reads an attribute into memory of the caller's.</summary>
    /// <returns>How many bytes it has; null where the object has none, or keeps it to itself.</returns>
    public int? Read(nuint session, nuint key, AttributeType type, Span<byte> destination)
    {
        fixed (byte* first = destination)
        {
            var attribute = new KeyAttribute { Type = type, Value = first, Length = (nuint)destination.Length };
            var value = ((delegate* unmanaged[Cdecl]<nuint, nuint, KeyAttribute*, nuint, ReturnValue>)_functions[GetAttributeValue])(session, key, &attribute, 1);
            if (value == ReturnValue.AttributeTypeInvalid)
            {
                return null;
            }

            Check("C_GetAttributeValue", value);
            return attribute.Length > (nuint)destination.Length ? null : (int)attribute.Length;
        }
    }

    public int Encrypt(nuint session, Mechanism mechanism, nuint key, ReadOnlySpan<byte> data, Span<byte> destination)
    {
        Check("C_EncryptInit", ((delegate* unmanaged[Cdecl]<nuint, Mechanism*, nuint, ReturnValue>)_functions[EncryptInit])(session, &mechanism, key));
        return Transform("C_Encrypt", EncryptFunction, session, data, destination);
    }

    public int Decrypt(nuint session, Mechanism mechanism, nuint key, ReadOnlySpan<byte> data, Span<byte> destination)
    {
        Check("C_DecryptInit", ((delegate* unmanaged[Cdecl]<nuint, Mechanism*, nuint, ReturnValue>)_functions[DecryptInit])(session, &mechanism, key));
        return Transform("C_Decrypt", DecryptFunction, session, data, destination);
    }

    public nuint Create(nuint session, ReadOnlySpan<KeyAttribute> attributes)
    {
        fixed (KeyAttribute* template = attributes)
        {
            nuint created;
            Check("C_CreateObject", ((delegate* unmanaged[Cdecl]<nuint, KeyAttribute*, nuint, nuint*, ReturnValue>)_functions[CreateObject])(session, template, (nuint)attributes.Length, &created));
            return created;
        }
    }

    /// <summary>Destroys a session's object; one that is gone with its session is no error.</summary>
    public void Destroy(nuint session, nuint created) => ((delegate* unmanaged[Cdecl]<nuint, nuint, ReturnValue>)_functions[DestroyObject])(session, created);

    public int Wrap(nuint session, Mechanism mechanism, nuint wrappingKey, nuint key, Span<byte> destination)
    {
        nuint length = (nuint)destination.Length;
        fixed (byte* first = destination)
        {
            Check("C_WrapKey", ((delegate* unmanaged[Cdecl]<nuint, Mechanism*, nuint, nuint, byte*, nuint*, ReturnValue>)_functions[WrapKeyFunction])(session, &mechanism, wrappingKey, key, first, &length));
        }

        return (int)length;
    }

    public nuint Unwrap(nuint session, Mechanism mechanism, nuint wrappingKey, ReadOnlySpan<byte> wrapped, ReadOnlySpan<KeyAttribute> attributes)
    {
        fixed (byte* first = wrapped)
        fixed (KeyAttribute* template = attributes)
        {
            nuint unwrapped;
            Check("C_UnwrapKey", ((delegate* unmanaged[Cdecl]<nuint, Mechanism*, nuint, byte*, nuint, KeyAttribute*, nuint, nuint*, ReturnValue>)_functions[UnwrapKeyFunction])(
                session, &mechanism, wrappingKey, first, (nuint)wrapped.Length, template, (nuint)attributes.Length, &unwrapped));
            return unwrapped;
        }
    }

    private int Transform(string name, int function, nuint session, ReadOnlySpan<byte> data, Span<byte> destination)
    {
        nuint length = (nuint)destination.Length;
        fixed (byte* input = data)
        fixed (byte* output = destination)
        {
            Check(name, ((delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, nuint*, ReturnValue>)_functions[function])(session, input, (nuint)data.Length, output, &length));
        }

        return (int)length;
    }

    private static void Check(string function, ReturnValue value)
    {
        if (value != ReturnValue.Ok)
        {
            throw new CryptokiException(function, value);
        }
    }
}
