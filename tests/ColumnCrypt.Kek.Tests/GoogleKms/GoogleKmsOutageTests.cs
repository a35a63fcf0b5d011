using ColumnCrypt.Kek.GoogleKms;
using ColumnCrypt.Kek.Tests.Outages;

namespace ColumnCrypt.Kek.Tests.GoogleKms;

public sealed class GoogleKmsOutageTests : OutageContract
{
    protected override Task<IOutage> StartAsync()
    {
        var kms = new GoogleDouble();
        return Task.FromResult<IOutage>(new Outage(kms, $"gcp-kms:{kms.Create().Name}"));
    }

    private sealed class Outage(GoogleDouble kms, string uri) : IOutage
    {
        public string Uri => uri;

        public IKekProvider Provider => new GoogleKmsProvider(kms.Configure);

        public void Pause() => kms.Server.Pause();

        public void Resume() => kms.Server.Resume();

        public void Kill() => kms.Server.Stop();

        public void Restart() => kms.Server.Restart();

        public void Dispose() => kms.Dispose();
    }
}
