using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using ColumnCrypt.Kek.AwsKms;
using Microsoft.Extensions.DependencyInjection;

namespace ColumnCrypt.Kek.Tests.AwsKms;

/// <summary>An AWS KMS to test against: moto, made strict (strict_moto.py). With clients of its administrator and of the KEKs.</summary>
public sealed class MotoServer : IDisposable
{
    private const string Region = "eu-central-1";
    private const string Python = "/usr/bin/python3";

    private static readonly Lazy<MotoServer> s_shared = new(static () => new MotoServer());

    private readonly TempFolder _folder = new();
    private readonly ServerProcess _server;

    public MotoServer()
    {
        string packages = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache/columncrypt/moto/usr/lib/python3/dist-packages");
        if (!File.Exists(Python) || !Directory.Exists(packages))
        {
            RequiredServers.Missing("moto is not installed: run .ci/install-servers as root.");
        }

        int port = ServerProcess.FreePort();
        _server = ServerProcess.Start(
            port,
            new Dictionary<string, string> { ["PYTHONPATH"] = packages, ["PYTHONWARNINGS"] = "ignore" },
            Python, Path.Combine(AppContext.BaseDirectory, "strict_moto.py"), FaultFile, "-H", "127.0.0.1", "-p", $"{port}");
        Admin = Client("admin");
    }

    /// <summary>The one of this test process.</summary>
    public static MotoServer Shared => s_shared.Value;

    public IAmazonKeyManagementService Admin { get; }

    public Uri Url => new($"http://127.0.0.1:{_server.Port}/");

    private string FaultFile => _folder.File("fault");

    public async Task<KeyMetadata> CreateKeyAsync() => (await Admin.CreateKeyAsync(new CreateKeyRequest { KeyUsage = KeyUsageType.ENCRYPT_DECRYPT, KeySpec = KeySpec.SYMMETRIC_DEFAULT })).KeyMetadata;

    /// <summary>Opens a KEK with an identity of its own.</summary>
    public IKeyEncryptionKey Open(string uri, Action<AwsKmsOptions>? configure = null)
    {
        var options = new KekOptions();
        configure?.Invoke(options.Of<AwsKmsOptions>());
        return new AwsKmsProvider(Defaults()).Open(uri, options);
    }

    /// <summary>What <c>AddAwsKms</c> is given.</summary>
    public void Configure(AwsKmsOptions options)
    {
        options.ServiceUrl = Url;
        options.Region = Region;
        options.Credentials = new BasicAWSCredentials("node", "secret");
    }

    /// <summary>Every call ends so until <see cref="Mend"/>.</summary>
    public void Fail(string errorCode, int statusCode) => File.WriteAllText(FaultFile, $"{errorCode} {statusCode}");

    public void Mend() => File.Delete(FaultFile);

    public void Pause() => _server.Pause();

    public void Resume() => _server.Resume();

    public void Dispose()
    {
        Admin.Dispose();
        _server.Dispose();
        _folder.Dispose();
    }

    private AwsKmsOptions Defaults()
    {
        var options = new AwsKmsOptions();
        Configure(options);
        return options;
    }

    private AmazonKeyManagementServiceClient Client(string identity) => new(
        new BasicAWSCredentials(identity, "secret"), new AmazonKeyManagementServiceConfig { ServiceURL = Url.AbsoluteUri, AuthenticationRegion = Region });
}
