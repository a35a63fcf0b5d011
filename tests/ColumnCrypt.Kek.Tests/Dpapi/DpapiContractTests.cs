using ColumnCrypt.Kek.Contract;
using ColumnCrypt.Kek.Dpapi;

namespace ColumnCrypt.Kek.Tests.Dpapi;

public sealed class DpapiContractTests(DpapiContractTests.Source source) : KekContract(source), IClassFixture<DpapiContractTests.Source>
{
    public sealed class Source : IKekSource
    {
        public string Uri => "dpapi:user/test";

        public ValueTask<IKeyEncryptionKey> OpenAsync() => ValueTask.FromResult(Open(Uri));

        public ValueTask<IKeyEncryptionKey> OpenAnotherAsync() => ValueTask.FromResult(Open("dpapi:user/another"));

        private static IKeyEncryptionKey Open(string uri)
        {
            Assert.SkipUnless(OperatingSystem.IsWindows(), "The Data Protection API is Windows'.");
            return new DpapiKekProvider().Open(uri, new KekOptions());
        }
    }
}
