using ColumnCrypt.Kek.AwsKms;
using ColumnCrypt.Kek.Tests.Outages;

namespace ColumnCrypt.Kek.Tests.AwsKms;

public sealed class AwsKmsOutageTests : OutageContract
{
    protected override async Task<IOutage> StartAsync()
    {
        var moto = new MotoServer();
        return new Outage(moto, $"aws-kms:{(await moto.CreateKeyAsync()).Arn}");
    }

    // moto has its keys in memory: what is killed stands before it.
    private sealed class Outage(MotoServer moto, string uri) : IOutage
    {
        private readonly LoopbackProxy _proxy = new(moto.Url.Port);

        public string Uri => uri;

        public IKekProvider Provider
        {
            get
            {
                var options = new AwsKmsOptions();
                moto.Configure(options);
                options.ServiceUrl = new Uri($"http://127.0.0.1:{_proxy.Port}/");
                return new AwsKmsProvider(options);
            }
        }

        public void Pause() => moto.Pause();

        public void Resume() => moto.Resume();

        public void Kill() => _proxy.Kill();

        public void Restart() => _proxy.Restart();

        public void Dispose()
        {
            _proxy.Dispose();
            moto.Dispose();
        }
    }
}
