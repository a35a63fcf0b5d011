using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ColumnCrypt.Kek.GoogleKms;
using Google.Apis.Auth.OAuth2;
using Microsoft.AspNetCore.Http;

namespace ColumnCrypt.Kek.Tests.GoogleKms;

/// <summary>
/// Answers as Google Cloud KMS does over REST, v1: what of the API a KEK and an administrator use, with real cryptography; and gives tokens to service accounts, which name them.
/// </summary>
internal sealed class GoogleDouble : IDisposable
{
    public const string Ring = "projects/clinic/locations/europe-west3/keyRings/columncrypt";

    private static readonly string[] s_states = ["", "ENABLED", "DISABLED"];
    private static readonly Lazy<GoogleDouble> s_shared = new(static () => new GoogleDouble());
    private static readonly RSA s_accountKey = RSA.Create(2_048);

    private readonly LoopbackServer _server;
    private readonly ConcurrentDictionary<string, GoogleDoubleKey> _keys = new();
    private readonly ConcurrentDictionary<string, bool> _revoked = new();
    private int _given;

    public GoogleDouble() => _server = new LoopbackServer(AnswerAsync, null);

    /// <summary>The one of this test process.</summary>
    public static GoogleDouble Shared => s_shared.Value;

    public LoopbackServer Server => _server;

    public Uri Endpoint => new($"http://127.0.0.1:{_server.Port}/");

    /// <summary>The calls that came: path, token.</summary>
    public ConcurrentQueue<(string Path, string Token)> Calls { get; } = new();

    /// <summary>How many tokens were given to service accounts.</summary>
    public int Given => Volatile.Read(ref _given);

    /// <summary>Changes what came in, before it is looked at.</summary>
    public Action<JsonObject>? MeddleIn { get; set; }

    /// <summary>Changes the answer of an operation.</summary>
    public Action<JsonObject>? MeddleOut { get; set; }

    public GoogleDoubleKey Create(string? name = null)
    {
        var key = new GoogleDoubleKey(name ?? $"{Ring}/cryptoKeys/kek-{Guid.NewGuid():N}");
        _keys[key.Name] = key;
        return key;
    }

    /// <summary>Takes a token no more.</summary>
    public void Revoke(string token) => _revoked[token] = true;

    /// <summary>An identity with one token, its name.</summary>
    public static GoogleCredential Identity(string name) => GoogleCredential.FromAccessToken(name);

    /// <summary>A service account whose tokens this server gives: its name, a dash and a number.</summary>
    public GoogleCredential ServiceAccount(string name) => new ServiceAccountCredential(
        new ServiceAccountCredential.Initializer($"{name}@clinic.iam.gserviceaccount.com", $"{Endpoint}token") { Key = s_accountKey }).ToGoogleCredential();

    public IKeyEncryptionKey Open(string name, GoogleCredential? credential = null, Uri? endpoint = null)
    {
        var options = new KekOptions();
        options.Of<GoogleKmsSettings>().Configure = kms =>
        {
            kms.Credential = credential ?? kms.Credential;
            kms.Endpoint = endpoint ?? kms.Endpoint;
        };
        return new GoogleKmsProvider(Configure).Open($"gcp-kms:{name}", options);
    }

    /// <summary>What <c>AddGoogleKms</c> is given.</summary>
    public void Configure(GoogleKmsOptions options)
    {
        options.Endpoint = Endpoint;
        options.Credential = Identity("application");
    }

    public void Dispose() => _server.Dispose();

    public static Task WriteAsync(HttpContext context, int code, string status, string message = "what was sent") =>
        WriteAsync(context, code, new JsonObject { ["error"] = new JsonObject { ["code"] = code, ["message"] = message, ["status"] = status } });

    private async Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!.TrimStart('/');
        if (path == "token")
        {
            await GiveTokenAsync(context);
            return;
        }

        string token = context.Request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal);
        Calls.Enqueue((path, token));
        var body = context.Request.Method is "POST" or "PATCH" ? await JsonNode.ParseAsync(context.Request.Body) as JsonObject ?? [] : [];
        switch (token.Split('-')[0])
        {
            case var _ when _revoked.ContainsKey(token):
            case not ("application" or "tenant" or "node" or "stranger"):
                await WriteAsync(context, 401, "UNAUTHENTICATED");
                break;
            case "stranger":
            case "node" when context.Request.Method == "GET":
                await WriteAsync(context, 403, "PERMISSION_DENIED");
                break;
            case var _ when !path.StartsWith("v1/projects/", StringComparison.Ordinal):
                await WriteAsync(context, 404, "NOT_FOUND");
                break;
            default:
                await AnswerAsync(context, path["v1/".Length..], body);
                break;
        }
    }

    private async Task AnswerAsync(HttpContext context, string path, JsonObject body)
    {
        string method = context.Request.Method;
        string[] parts = path.Split('/', ':');
        string name = string.Join('/', parts.Take(8));
        switch (method, parts)
        {
            case ("POST", [_, _, _, _, "keyRings"]):
                await WriteAsync(context, 200, new JsonObject { ["name"] = $"{path}/{context.Request.Query["keyRingId"]}" });
                return;
            case ("POST", [_, _, _, _, _, _, "cryptoKeys"]):
                var made = Create($"{path}/{context.Request.Query["cryptoKeyId"]}");
                foreach (string member in new[] { "rotationPeriod", "nextRotationTime", "destroyScheduledDuration" })
                {
                    made.More[member] = body[member]?.DeepClone();
                }

                await WriteAsync(context, 200, made.Describe());
                return;
        }

        if (!_keys.TryGetValue(name, out var key))
        {
            await WriteAsync(context, 404, "NOT_FOUND");
            return;
        }

        var version = parts is [_, _, _, _, _, _, _, _, "cryptoKeyVersions", var number, ..] && int.TryParse(number, CultureInfo.InvariantCulture, out int wanted) ? key.Version(wanted) : null;
        switch (method, parts[8..])
        {
            case ("GET", []):
                await WriteAsync(context, 200, key.Describe());
                break;
            case ("POST", ["encrypt"]):
                await OperateAsync(context, key, body, "plaintext", Encrypt);
                break;
            case ("POST", ["decrypt"]):
                await OperateAsync(context, key, body, "ciphertext", Decrypt);
                break;
            case ("GET", ["cryptoKeyVersions", _]) when version is not null:
                await WriteAsync(context, 200, version.Describe(name));
                break;
            case ("PATCH", ["cryptoKeyVersions", _]) when version is not null:
                version.State = body["state"] is { } state ? state.GetValueKind() == JsonValueKind.Number ? s_states[(int)state] : (string)state! : version.State;
                await WriteAsync(context, 200, version.Describe(name));
                break;
            case ("POST", ["cryptoKeyVersions", _, "destroy"]) when version is not null:
                (version.State, version.DestroyTime) = ("DESTROY_SCHEDULED", DateTimeOffset.UtcNow.AddDays(30));
                await WriteAsync(context, 200, version.Describe(name));
                break;
            default:
                await WriteAsync(context, 404, "NOT_FOUND");
                break;
        }
    }

    private async Task OperateAsync(HttpContext context, GoogleDoubleKey key, JsonObject body, string member, Func<GoogleDoubleKey, byte[], byte[], (int Code, string Status, JsonObject Answer)> operate)
    {
        MeddleIn?.Invoke(body);
        byte[] value = Convert.FromBase64String((string?)body[member] ?? "");
        byte[] aad = Convert.FromBase64String((string?)body["additionalAuthenticatedData"] ?? "");
        foreach (var (field, bytes) in new[] { (member, value), ("additionalAuthenticatedData", aad) })
        {
            if (body[field + "Crc32c"] is { } sum && uint.Parse(sum.ToString(), CultureInfo.InvariantCulture) != Crc(bytes))
            {
                string proto = field == member ? member : "additional_authenticated_data";
                await WriteAsync(context, 400, "INVALID_ARGUMENT", $"The checksum in field {proto}_crc32c did not match the data in field {proto}.");
                return;
            }
        }

        var (code, status, answer) = key.Purpose == "ENCRYPT_DECRYPT" ? operate(key, value, aad) : (400, "FAILED_PRECONDITION", []);
        if (code != 200)
        {
            await WriteAsync(context, code, status);
            return;
        }

        if (member == "plaintext")
        {
            answer["verifiedPlaintextCrc32c"] = body["plaintextCrc32c"] is not null;
            answer["verifiedAdditionalAuthenticatedDataCrc32c"] = body["additionalAuthenticatedDataCrc32c"] is not null;
        }

        answer["protectionLevel"] = "SOFTWARE";
        MeddleOut?.Invoke(answer);
        await WriteAsync(context, 200, answer);
    }

    private static (int Code, string Status, JsonObject Answer) Encrypt(GoogleDoubleKey key, byte[] plaintext, byte[] aad)
    {
        if (key.Version(key.Primary) is not { State: "ENABLED" } version)
        {
            return (400, "FAILED_PRECONDITION", []);
        }

        byte[] ciphertext = version.Encrypt(plaintext, aad);
        return (200, "", new JsonObject
        {
            ["name"] = $"{key.Name}/cryptoKeyVersions/{version.Number}",
            ["ciphertext"] = Convert.ToBase64String(ciphertext),
            ["ciphertextCrc32c"] = $"{Crc(ciphertext)}",
        });
    }

    private static (int Code, string Status, JsonObject Answer) Decrypt(GoogleDoubleKey key, byte[] ciphertext, byte[] aad)
    {
        if (key.Version(GoogleKeyVersion.NumberIn(ciphertext, key.Id)) is not { } version)
        {
            return (400, "INVALID_ARGUMENT", []);
        }

        if (version.State != "ENABLED")
        {
            return (400, "FAILED_PRECONDITION", []);
        }

        try
        {
            byte[] plaintext = version.Decrypt(ciphertext, aad);
            return (200, "", new JsonObject { ["plaintext"] = Convert.ToBase64String(plaintext), ["plaintextCrc32c"] = $"{Crc(plaintext)}", ["usedPrimary"] = version.Number == key.Primary });
        }
        catch (CryptographicException)
        {
            return (400, "INVALID_ARGUMENT", []);
        }
    }

    private async Task GiveTokenAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        string claims = form["assertion"].ToString().Split('.')[1];
        var issuer = JsonNode.Parse(Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(claims)))!;
        if (!issuer["scope"]!.ToString().Split(' ').Contains("https://www.googleapis.com/auth/cloudkms"))
        {
            await WriteAsync(context, 400, new JsonObject { ["error"] = "invalid_scope" });
            return;
        }

        await WriteAsync(context, 200, new JsonObject { ["access_token"] = $"{issuer["iss"]!.ToString().Split('@')[0]}-{Interlocked.Increment(ref _given)}", ["expires_in"] = 3_600, ["token_type"] = "Bearer" });
    }

    // Bit by bit, of the reflected polynomial 0x1EDC6F41.
    private static uint Crc(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
            }
        }

        return ~crc;
    }

    // The encoder writes + and the like as \u002B, as the service may.
    private static async Task WriteAsync(HttpContext context, int status, JsonObject body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=UTF-8";
        await context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(body));
    }
}
