using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Core;
using ColumnCrypt.Kek.AzureKeyVault;
using ColumnCrypt.Kek.AzureKeyVault.Rest;
using ColumnCrypt.Kek.Tests.Kmip;
using Microsoft.AspNetCore.Http;

namespace ColumnCrypt.Kek.Tests.AzureKeyVault;

/// <summary>
/// Answers as Azure Key Vault (hosts below <c>vault.test</c>) and as a Managed HSM (below <c>managedhsm.test</c>) do: what of the API a KEK and an administrator use, with real
/// cryptography. As in Azure a disabled key wraps and encrypts on, because that is a public operation, and an expired one unwraps.
/// </summary>
internal sealed class VaultDouble : IDisposable
{
    public const string VaultHost = "clinic.vault.test";
    public const string HsmHost = "clinic.managedhsm.test";
    public const string Directory = "72f988bf-86f1-41af-91ab-2d7cd011db47";

    private static readonly string[] s_apiVersions = ["7.4", "7.5", "7.6", "2025-07-01"];
    private static readonly Lazy<VaultDouble> s_shared = new(static () => new VaultDouble());

    private static readonly TestAuthority s_authority = new("vaults");
    private static readonly X509Certificate2 s_certificate = s_authority.ForHosts("*.vault.test", "*.managedhsm.test");

    private readonly LoopbackServer _server;
    private readonly ConcurrentDictionary<string, List<VaultKeyVersion>> _keys = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, bool> _revoked = new();

    public VaultDouble() => _server = new LoopbackServer(AnswerAsync, s_certificate);

    /// <summary>The one of this test process.</summary>
    public static VaultDouble Shared => s_shared.Value;

    public LoopbackServer Server => _server;

    public static string AuthorityPem => s_authority.Pem;

    /// <summary>The identity of the application.</summary>
    public TestCredential Application { get; } = new("application");

    /// <summary>The resource that a challenge names; null for the host's own.</summary>
    public string? Resource { get; set; }

    /// <summary>The calls that came: host, path, token or "".</summary>
    public ConcurrentQueue<(string Host, string Path, string Token)> Calls { get; } = new();

    /// <summary>Changes the answer of an operation.</summary>
    public Action<JsonObject>? Meddle { get; set; }

    /// <summary>Makes a key; a name that is there gets a further version.</summary>
    public VaultKeyVersion Create(string host, string name, string type = "RSA", int bits = 3_072, string recovery = "Recoverable+Purgeable")
    {
        var version = new VaultKeyVersion(type, bits) { Recovery = recovery };
        _keys.GetOrAdd($"{host}/{name}", static _ => []).Add(version);
        return version;
    }

    public void Delete(string host, string name) => _keys.TryRemove($"{host}/{name}", out _);

    public void Disable(string host, string name) => _keys[$"{host}/{name}"].ForEach(static version => version.IsEnabled = false);

    /// <summary>Takes a token no more.</summary>
    public void Revoke(string token) => _revoked[token] = true;

    /// <summary>Opens a KEK.</summary>
    public IKeyEncryptionKey Open(string uri, TokenCredential? credential = null, Action<AzureKeyVaultOptions>? configure = null, bool allowWeak = false, TimeProvider? time = null)
    {
        var options = new KekOptions { AllowWeakKek = allowWeak };
        options.Of<AzureKeyVaultSettings>().Configure = vault =>
        {
            vault.Credential = credential ?? vault.Credential;
            configure?.Invoke(vault);
        };
        return Provider(time: time).Open(uri, options);
    }

    public AzureKeyVaultProvider Provider(int? port = null, TimeProvider? time = null) => new(Configure, () => Handler(port ?? _server.Port), time);

    /// <summary>What <c>AddAzureKeyVault</c> is given.</summary>
    public void Configure(AzureKeyVaultOptions options)
    {
        options.Credential = Application;
        options.VaultSuffixes.Add("vault.test");
        options.VaultSuffixes.Add("managedhsm.test");
    }

    public void Dispose() => _server.Dispose();

    public static Task WriteAsync(HttpContext context, int status, string code, string? inner = null)
    {
        var error = new JsonObject { ["code"] = code, ["message"] = $"{code}: what was sent" };
        if (inner is not null)
        {
            error["innererror"] = new JsonObject { ["code"] = inner };
        }

        return WriteAsync(context, status, new JsonObject { ["error"] = error });
    }

    // As the product has it, but for where the names lead and whom the certificates are from.
    private static SocketsHttpHandler Handler(int port)
    {
        var handler = (SocketsHttpHandler)VaultClient.Https();
        handler.ConnectCallback = async (_, token) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, token);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        };
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(s_authority.Pem));
        handler.SslOptions.CertificateChainPolicy = policy;
        return handler;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        string host = context.Request.Host.Host;
        string path = context.Request.Path.Value!;
        string token = context.Request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal);
        Calls.Enqueue((host, path, token));
        string own = host[(host.IndexOf('.', StringComparison.Ordinal) + 1)..];
        if (token.Length == 0 && context.Request.ContentLength is > 0)
        {
            await WriteAsync(context, 400, "BodyWithoutToken");
        }
        else if (!token.Contains($"|https://{own}/.default|", StringComparison.Ordinal) || _revoked.ContainsKey(token))
        {
            context.Response.Headers.WWWAuthenticate = $"""Bearer authorization="https://login.directory.test/{Directory}", resource="{Resource ?? $"https://{own}"}" """.Trim();
            await WriteAsync(context, 401, "Unauthorized");
        }
        else if (!token.StartsWith("application|", StringComparison.Ordinal) && !token.StartsWith("tenant|", StringComparison.Ordinal) && !token.StartsWith("node|", StringComparison.Ordinal))
        {
            await WriteAsync(context, 403, "Forbidden", "ForbiddenByRbac");
        }
        else if (!s_apiVersions.Contains(context.Request.Query["api-version"].ToString()))
        {
            await WriteAsync(context, 400, "BadParameter");
        }
        else
        {
            await AnswerAsync(context, host, path.Split('/', StringSplitOptions.RemoveEmptyEntries), token.StartsWith("node|", StringComparison.Ordinal));
        }
    }

    private async Task AnswerAsync(HttpContext context, string host, string[] path, bool isNode)
    {
        string method = context.Request.Method;
        var body = context.Request.ContentLength is > 0 ? (await JsonNode.ParseAsync(context.Request.Body))!.AsObject() : [];
        if (path is ["keys", var made, "create"] && method == "POST")
        {
            string type = (string)body["kty"]!;
            await WriteAsync(context, 200, Describe(context, made, Create(host, made, type, (int?)body["key_size"] ?? (type.StartsWith("RSA", StringComparison.Ordinal) ? 2_048 : 256))));
            return;
        }

        if (path is not ["keys", var name, ..] || !_keys.TryGetValue($"{host}/{name}", out var versions))
        {
            await WriteAsync(context, 404, "KeyNotFound");
            return;
        }

        var version = path is [_, _, { Length: 32 } wanted, ..] ? versions.Find(version => version.Version == wanted) : versions[^1];
        switch (method, path)
        {
            case ("GET", [_, _, "versions"]) when isNode:
                await WriteAsync(context, 403, "Forbidden", "ForbiddenByRbac");
                break;
            case ("GET", [_, _, "versions"]):
                await WriteAsync(context, 200, Versions(context, name, versions));
                break;
            case (_, [_, _, ..]) when version is null:
                await WriteAsync(context, 404, "KeyNotFound");
                break;
            case ("GET", [_, _] or [_, _, _]):
                await WriteAsync(context, 200, Describe(context, name, version!));
                break;
            case ("PATCH", [_, _] or [_, _, _]):
                version!.IsEnabled = (bool?)body["attributes"]?["enabled"] ?? version.IsEnabled;
                await WriteAsync(context, 200, Describe(context, name, version));
                break;
            case ("POST", [_, _, _, var operation]):
                await OperateAsync(context, name, version!, operation, body);
                break;
            default:
                await WriteAsync(context, 405, "MethodNotAllowed");
                break;
        }
    }

    private async Task OperateAsync(HttpContext context, string name, VaultKeyVersion version, string operation, JsonObject body)
    {
        if (body.Any(static member => member.Key is not ("alg" or "value" or "iv" or "tag" or "aad")) || body["value"] is null)
        {
            await WriteAsync(context, 400, "BadParameter");
            return;
        }

        bool isPublic = operation is "wrapkey" or "encrypt";
        if (!version.IsEnabled && !(isPublic && version.Type.StartsWith("RSA", StringComparison.Ordinal)))
        {
            await WriteAsync(context, 403, "Forbidden", "KeyDisabled");
            return;
        }

        var answer = version.Operate(operation, (string)body["alg"]!, name => body[name] is { } value ? Base64Url.DecodeFromChars((string)value!) : null);
        if (answer is null or { Count: 0 })
        {
            await WriteAsync(context, 400, "BadParameter");
            return;
        }

        answer["kid"] = Identifier(context, name, version);
        Meddle?.Invoke(answer);
        await WriteAsync(context, 200, answer);
    }

    private static JsonObject Describe(HttpContext context, string name, VaultKeyVersion version) => version.Describe(Identifier(context, name, version));

    private static JsonObject Versions(HttpContext context, string name, List<VaultKeyVersion> versions)
    {
        int wanted = int.TryParse(context.Request.Query["maxresults"], out int some) ? some : 25;
        var items = versions.Take(wanted).Select(version => (JsonNode)new JsonObject { ["kid"] = Identifier(context, name, version), ["attributes"] = version.Attributes });
        return new JsonObject
        {
            ["value"] = new JsonArray([.. items]),
            ["nextLink"] = versions.Count > wanted ? $"https://{context.Request.Host}/keys/{name}/versions?api-version=7.4&$skiptoken=x" : null,
        };
    }

    private static string Identifier(HttpContext context, string name, VaultKeyVersion version) => $"https://{context.Request.Host}/keys/{name}/{version.Version}";

    private static async Task WriteAsync(HttpContext context, int status, JsonObject body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        await context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(body));
    }
}
