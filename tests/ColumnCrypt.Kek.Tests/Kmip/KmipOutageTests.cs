using ColumnCrypt.Kek.Kmip;
using ColumnCrypt.Kek.Tests.Outages;

namespace ColumnCrypt.Kek.Tests.Kmip;

public sealed class KmipOutageTests : OutageContract
{
    protected override async Task<IOutage> StartAsync()
    {
        var server = new KmipServer();
        return new Outage(server, (await server.CreateAsync()).Kek.Id);
    }

    private sealed class Outage(KmipServer server, string uri) : IOutage
    {
        public string Uri => uri;

        public IKekProvider Provider => new KmipProvider(server.Configure);

        public void Pause() => server.Pause();

        public void Resume() => server.Resume();

        public void Kill() => server.Kill();

        public void Restart() => server.Restart();

        public void Dispose() => server.Dispose();
    }
}
