using System.Runtime.InteropServices;
using System.Text;
using ColumnCrypt.Kek.Pkcs11.Native;

namespace ColumnCrypt.Kek.Tests.Pkcs11;

/// <summary>Whoever makes, changes and destroys keys on a token: with read-write sessions, which no KEK has.</summary>
internal sealed unsafe class TokenAdmin
{
    private const int InitToken = 9, InitPin = 10, SetPin = 11, OpenSession = 12, CloseSession = 13, Login = 18, DestroyObject = 22, SetAttributeValue = 25, FindObjectsInit = 26, FindObjects = 27, FindObjectsFinal = 28, GenerateKey = 58, GenerateKeyPair = 59;
    private const ulong AesKeyGeneration = 0x1080, RsaKeyPairGeneration = 0x0;
    private const ulong CkaEncrypt = 0x104, CkaDecrypt = 0x105, CkaWrap = 0x106, CkaUnwrap = 0x107, CkaPublicExponent = 0x122;

    private readonly void** _functions;
    private readonly nuint _slot;
    private readonly string _pin;

    public TokenAdmin(string modulePath, nuint slot, string pin)
    {
        void* list;
        Check(((delegate* unmanaged[Cdecl]<void**, ulong>)NativeLibrary.GetExport(NativeLibrary.Load(modulePath), "C_GetFunctionList"))(&list));
        _functions = (void**)((byte*)list + sizeof(void*));
        _slot = slot;
        _pin = pin;
    }

    /// <summary>Makes a new token with a user's PIN that needs not be changed.</summary>
    public void Initialise(string label, string securityOfficerPin)
    {
        byte[] officer = Encoding.UTF8.GetBytes(securityOfficerPin);
        byte[] first = Encoding.UTF8.GetBytes("111111");
        byte[] pin = Encoding.UTF8.GetBytes(_pin);
        byte[] name = Encoding.UTF8.GetBytes(label.PadRight(32));
        fixed (byte* officerPin = officer, firstPin = first, userPin = pin, tokenLabel = name)
        {
            Check(((delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, ulong>)_functions[InitToken])(_slot, officerPin, (nuint)officer.Length, tokenLabel));
            nuint session = Open();
            var login = (delegate* unmanaged[Cdecl]<nuint, nuint, byte*, nuint, ulong>)_functions[Login];
            var setPin = (delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, nuint, ulong>)_functions[SetPin];
            Check(login(session, 0, officerPin, (nuint)officer.Length));
            fixed (byte* another = "76543210"u8)
            {
                Check(setPin(session, officerPin, (nuint)officer.Length, another, 8));
            }

            Check(((delegate* unmanaged[Cdecl]<nuint, byte*, nuint, ulong>)_functions[InitPin])(session, firstPin, (nuint)first.Length));
            Close(session);
            session = Open();
            Check(login(session, 1, firstPin, (nuint)first.Length));
            Check(setPin(session, firstPin, (nuint)first.Length, userPin, (nuint)pin.Length));
            Close(session);
        }
    }

    public void CreateAes(string label, bool extractable = false) => InSession(session =>
    {
        var template = new Template()
            .Add(AttributeType.Label, Encoding.UTF8.GetBytes(label)).Add(AttributeType.Token, 1).Add(AttributeType.Private, 1).Add(AttributeType.ValueLength, (ulong)32)
            .Add(AttributeType.Sensitive, 1).Add(AttributeType.Extractable, (byte)(extractable ? 1 : 0));
        foreach (ulong use in new[] { CkaEncrypt, CkaDecrypt, CkaWrap, CkaUnwrap })
        {
            template.Add((AttributeType)use, 1);
        }

        template.Use((attributes, count) =>
        {
            nuint key;
            var mechanism = new Mechanism { Type = (MechanismType)AesKeyGeneration };
            Check(((delegate* unmanaged[Cdecl]<nuint, Mechanism*, void*, nuint, nuint*, ulong>)_functions[GenerateKey])(session, &mechanism, attributes, count, &key));
        });
    });

    public void CreateRsa(string label, int bits) => InSession(session =>
    {
        var shared = Encoding.UTF8.GetBytes(label);
        var publicKey = new Template().Add(AttributeType.Label, shared).Add(AttributeType.Token, 1).Add((AttributeType)CkaEncrypt, 1).Add(AttributeType.ModulusBits, (ulong)bits).Add((AttributeType)CkaPublicExponent, [1, 0, 1]);
        var privateKey = new Template().Add(AttributeType.Label, shared).Add(AttributeType.Token, 1).Add(AttributeType.Private, 1).Add((AttributeType)CkaDecrypt, 1).Add(AttributeType.Sensitive, 1).Add(AttributeType.Extractable, 0);
        publicKey.Use((publicAttributes, publicCount) => privateKey.Use((privateAttributes, privateCount) =>
        {
            nuint first, second;
            var mechanism = new Mechanism { Type = (MechanismType)RsaKeyPairGeneration };
            Check(((delegate* unmanaged[Cdecl]<nuint, Mechanism*, void*, nuint, void*, nuint, nuint*, nuint*, ulong>)_functions[GenerateKeyPair])(
                session, &mechanism, publicAttributes, publicCount, privateAttributes, privateCount, &first, &second));
        }));
    });

    /// <summary>Takes every use from a key.</summary>
    public void Disable(string label) => ForEach(label, (session, key) =>
    {
        foreach (ulong use in new[] { CkaEncrypt, CkaDecrypt, CkaWrap, CkaUnwrap })
        {
            new Template().Add((AttributeType)use, 0).Use((attributes, count) =>
                ((delegate* unmanaged[Cdecl]<nuint, nuint, void*, nuint, ulong>)_functions[SetAttributeValue])(session, key, attributes, count));
        }
    });

    public void Destroy(string label) =>
        ForEach(label, (session, key) => Check(((delegate* unmanaged[Cdecl]<nuint, nuint, ulong>)_functions[DestroyObject])(session, key)));

    private void ForEach(string label, Action<nuint, nuint> act) => InSession(session =>
    {
        new Template().Add(AttributeType.Label, Encoding.UTF8.GetBytes(label)).Use((attributes, count) =>
            Check(((delegate* unmanaged[Cdecl]<nuint, void*, nuint, ulong>)_functions[FindObjectsInit])(session, attributes, count)));
        var found = new nuint[4];
        nuint number;
        fixed (nuint* first = found)
        {
            Check(((delegate* unmanaged[Cdecl]<nuint, nuint*, nuint, nuint*, ulong>)_functions[FindObjects])(session, first, 4, &number));
        }

        Check(((delegate* unmanaged[Cdecl]<nuint, ulong>)_functions[FindObjectsFinal])(session));
        Assert.NotEqual((nuint)0, number);
        foreach (nuint key in found[..(int)number])
        {
            act(session, key);
        }
    });

    private void InSession(Action<nuint> act)
    {
        nuint session = Open();
        try
        {
            byte[] pin = Encoding.UTF8.GetBytes(_pin);
            fixed (byte* first = pin)
            {
                ulong value = ((delegate* unmanaged[Cdecl]<nuint, nuint, byte*, nuint, ulong>)_functions[Login])(session, 1, first, (nuint)pin.Length);
                Check(value == (ulong)ReturnValue.UserAlreadyLoggedIn ? 0 : value);
            }

            act(session);
        }
        finally
        {
            Close(session);
        }
    }

    private nuint Open()
    {
        nuint session;
        Check(((delegate* unmanaged[Cdecl]<nuint, nuint, void*, void*, nuint*, ulong>)_functions[OpenSession])(_slot, 6, null, null, &session));
        return session;
    }

    private void Close(nuint session) => ((delegate* unmanaged[Cdecl]<nuint, ulong>)_functions[CloseSession])(session);

    private static void Check(ulong value) => Assert.Equal(0UL, value);

    private sealed class Template
    {
        private readonly List<(AttributeType Type, byte[] Value)> _attributes = [];

        public delegate void User(void* attributes, nuint count);

        public Template Add(AttributeType type, byte[] value)
        {
            _attributes.Add((type, value));
            return this;
        }

        public Template Add(AttributeType type, byte flag) => Add(type, [flag]);

        public Template Add(AttributeType type, ulong number) => Add(type, BitConverter.GetBytes(number));

        public void Use(User use)
        {
            var handles = _attributes.Select(static attribute => GCHandle.Alloc(attribute.Value, GCHandleType.Pinned)).ToList();
            var native = _attributes.Zip(handles, static (attribute, handle) => new KeyAttribute { Type = attribute.Type, Value = (void*)handle.AddrOfPinnedObject(), Length = (nuint)attribute.Value.Length }).ToArray();
            fixed (KeyAttribute* first = native)
            {
                use(first, (nuint)native.Length);
            }

            handles.ForEach(static handle => handle.Free());
        }
    }
}
