using System.Security.Cryptography.X509Certificates;
using ColumnCrypt.Kek.Kmip;
using ColumnCrypt.Kek.Kmip.Connections;
using ColumnCrypt.Kek.Kmip.Protocol;

namespace ColumnCrypt.Kek.Tests.Kmip;

/// <summary>A key server to test against: PyKMIP's, with Re-key added (rekeying_pykmip.py). Its clients: columncrypt, who owns the keys, and others.</summary>
public sealed class KmipServer : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private static readonly Lazy<KmipServer> s_shared = new(static () => new KmipServer());

    private readonly TempFolder _folder = new();
    private readonly int _port = ServerProcess.FreePort();
    private ServerProcess _server;

    public KmipServer()
    {
        if (!File.Exists(Python) || !Directory.Exists("/usr/lib/python3/dist-packages/kmip"))
        {
            RequiredServers.Missing("PyKMIP is not installed: run .ci/install-servers as root.");
        }

        using var authority = new TestAuthority("authority");
        using var strange = new TestAuthority("another authority");
        File.WriteAllText(AuthorityFile, authority.Pem);
        File.WriteAllText(StrangeAuthorityFile, strange.Pem);
        using var server = authority.ForServer();
        File.WriteAllText(_folder.File("server.crt"), server.ExportCertificatePem());
        File.WriteAllText(_folder.File("server.key"), server.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
        Client = authority.ForClient("columncrypt");
        Intruder = authority.ForClient("intruder");
        Useless = authority.ForNoUse("columncrypt");
        Stranger = strange.ForClient("columncrypt");
        File.WriteAllText(_folder.File("server.conf"), $"""
            [server]
            hostname=127.0.0.1
            port={_port}
            certificate_path={_folder.File("server.crt")}
            key_path={_folder.File("server.key")}
            ca_path={AuthorityFile}
            auth_suite=TLS1.2
            enable_tls_client_auth=True
            logging_level=WARNING
            database_path={_folder.File("keys.db")}
            """);
        _server = Start();
    }

    /// <summary>The one of this test process.</summary>
    public static KmipServer Shared => s_shared.Value;

    public string AuthorityFile => _folder.File("authority.pem");

    /// <summary>An authority that has signed nothing of the server's.</summary>
    public string StrangeAuthorityFile => _folder.File("strange.pem");

    public X509Certificate2 Client { get; }

    public X509Certificate2 Intruder { get; }

    /// <summary>A certificate of no use that it names: PyKMIP refuses it once TLS is up.</summary>
    public X509Certificate2 Useless { get; }

    /// <summary>A client certificate of another authority.</summary>
    public X509Certificate2 Stranger { get; }

    public string Uri(string name, string host = "127.0.0.1") => $"kmip:{host}:{_port}/{name}";

    /// <summary>Opens a KEK.</summary>
    public IKeyEncryptionKey Open(string uri, Action<KmipOptions>? configure = null)
    {
        var options = new KekOptions();
        options.Of<KmipSettings>().Configure = configure;
        return new KmipProvider(Configure).Open(uri, options);
    }

    /// <summary>Makes a key and opens the KEK.</summary>
    public async Task<(IKeyEncryptionKey Kek, string Id)> CreateAsync()
    {
        string uri = Uri($"kek-{Guid.NewGuid():N}");
        using var keys = Keys(uri);
        string id = await keys.CreateAsync();
        return (Open(uri), id);
    }

    public KmipKeys Keys(string uri, X509Certificate2? client = null)
    {
        var options = new KmipOptions();
        Configure(options);
        options.ClientCertificate = client ?? Client;
        return new KmipKeys(uri, options);
    }

    /// <summary>What <c>AddKmip</c> is given.</summary>
    public void Configure(KmipOptions options)
    {
        options.ClientCertificate = Client;
        options.AuthorityFile = AuthorityFile;
    }

    /// <summary>Calls that the administration does not have.</summary>
    internal async Task<KmipResult> CallAsync(KmipCall call)
    {
        var options = new KmipOptions();
        Configure(options);
        using var client = KmipClient.Create("kmip:", new KmipEndpoint("127.0.0.1", _port), options);
        return await client.CallAsync(call, TestContext.Current.CancellationToken);
    }

    public void Pause() => _server.Pause();

    public void Resume() => _server.Resume();

    public void Kill()
    {
        _server.Kill();
        _server.Dispose();
    }

    /// <summary>Starts it again, with the keys that it had.</summary>
    public void Restart() => _server = Start();

    public void Dispose()
    {
        _server.Dispose();
        foreach (var certificate in new[] { Client, Intruder, Useless, Stranger })
        {
            certificate.Dispose();
        }

        _folder.Dispose();
    }

    private ServerProcess Start() => ServerProcess.Start(
        _port, new Dictionary<string, string> { ["PYTHONWARNINGS"] = "ignore" },
        Python, Path.Combine(AppContext.BaseDirectory, "rekeying_pykmip.py"), "-f", _folder.File("server.conf"), "-l", _folder.File("server.log"));
}
