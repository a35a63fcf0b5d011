using System.Runtime.Versioning;
using ColumnCrypt.Crypto.Aead;
using ColumnCrypt.Kek.Contract;

namespace ColumnCrypt.Kek.Tests.Keyring;

[SupportedOSPlatform("linux")]
public sealed class KeyringContractTests(KeyringContractTests.Source source) : KekContract(source), IClassFixture<KeyringContractTests.Source>
{
    public sealed class Source : IKekSource, IDisposable
    {
        private readonly string _name = TestKeyring.NewName();
        private readonly string _other = TestKeyring.NewName();
        private readonly Lazy<IKeyEncryptionKey> _kek;
        private readonly Lazy<IKeyEncryptionKey> _another;

        public Source() => (_kek, _another) = (new(() => Open(_name)), new(() => Open(_other)));

        public string Uri => "keyring:" + _name;

        public ValueTask<IKeyEncryptionKey> OpenAsync() => ValueTask.FromResult(_kek.Value);

        public ValueTask<IKeyEncryptionKey> OpenAnotherAsync() => ValueTask.FromResult(_another.Value);

        public void Dispose()
        {
            if (_kek.IsValueCreated)
            {
                TestKeyring.Unlink(_name);
            }

            if (_another.IsValueCreated)
            {
                TestKeyring.Unlink(_other);
            }
        }

        private static IKeyEncryptionKey Open(string name)
        {
            TestKeyring.SkipWhereMissing();
            KeyringKek.Create(name);
            return new KeyringKekProvider().Open("keyring:" + name, new KekOptions { Cipher = AeadChoice.Best.Provider });
        }
    }
}
