using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ColumnCrypt.Kek.Vault;

namespace ColumnCrypt.Kek.Tests.Vault;

/// <summary>A Vault to test against, <see cref="TransitDouble"/> over HTTP, with clients of its administrator and of the KEKs. Thread-safe.</summary>
internal sealed class VaultServer : IDisposable
{
    private readonly HttpClient _admin = new();

    /// <param name="time">Its clock and that of its KEKs; null for the system's.</param>
    public VaultServer(TimeProvider? time = null)
    {
        Time = time ?? TimeProvider.System;
        Double = new TransitDouble(Time);
        Http = new LocalHttpServer(Double.Answer);
        Double.Answer(new HttpCall("POST", "/v1/sys/mounts/transit", new Dictionary<string, string> { ["X-Vault-Token"] = TransitDouble.RootToken }, "{\"type\":\"transit\"}"u8.ToArray()));
    }

    public TimeProvider Time { get; }

    public TransitDouble Double { get; }

    public LocalHttpServer Http { get; }

    /// <summary>How often a path that ends so was called.</summary>
    public int Count(string end) => Http.Calls.Count(call => call.Path.EndsWith(end, StringComparison.Ordinal));

    /// <summary>Calls as root.</summary>
    public async Task<JsonNode?> AdministerAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Http.Address, "/v1/" + path)) { Content = body is null ? null : new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json") };
        request.Headers.Add("X-Vault-Token", TransitDouble.RootToken);
        if (Double.Namespace is { } name)
        {
            request.Headers.Add("X-Vault-Namespace", name);
        }

        using var response = await _admin.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {(int)response.StatusCode} {text}");
        return text.Length == 0 ? null : JsonNode.Parse(text)!["data"];
    }

    /// <summary>Makes a derived key and the policy of the guide for it; the name is that of both.</summary>
    public async Task<string> CreateKeyAsync(bool derived = true, bool convergent = false, bool exportable = false, string type = "aes256-gcm96")
    {
        string name = $"kek-{Guid.NewGuid():N}";
        await AdministerAsync(HttpMethod.Post, $"transit/keys/{name}", new { type, derived, convergent_encryption = convergent, exportable });
        await AdministerAsync(HttpMethod.Put, $"sys/policies/acl/{name}", new
        {
            policy = string.Concat(new[] { ("encrypt", "update"), ("decrypt", "update"), ("rewrap", "update"), ("keys", "read") }.Select(rule => $"path \"transit/{rule.Item1}/{name}\" {{ capabilities = [\"{rule.Item2}\"] }}\n")),
        });
        return name;
    }

    /// <summary>Makes a role of AppRole.</summary>
    public async Task<(string RoleId, string SecretId)> CreateRoleAsync(string policy, string lease = "60s", string longest = "120s", int uses = 0)
    {
        string name = $"role-{Guid.NewGuid():N}";
        await AdministerAsync(HttpMethod.Post, "sys/auth/approle", new { type = "approle" });
        await AdministerAsync(HttpMethod.Post, $"auth/approle/role/{name}", new { token_policies = policy, token_ttl = lease, token_max_ttl = longest, secret_id_num_uses = uses });
        var role = await AdministerAsync(HttpMethod.Get, $"auth/approle/role/{name}/role-id");
        var secret = await AdministerAsync(HttpMethod.Post, $"auth/approle/role/{name}/secret-id");
        return (role!["role_id"]!.GetValue<string>(), secret!["secret_id"]!.GetValue<string>());
    }

    /// <summary>Makes a key and opens the KEK with the rights of the guide.</summary>
    public async Task<IKeyEncryptionKey> CreateAsync()
    {
        string name = await CreateKeyAsync();
        return Open(name, vault => vault.Credential = VaultCredential.Token(Double.Issue(name)));
    }

    /// <summary>Opens a KEK, as root where nothing else is said.</summary>
    public IKeyEncryptionKey Open(string name, Action<VaultOptions>? configure = null, KekOptions? options = null)
    {
        options ??= new KekOptions();
        options.Of<VaultSettings>().Configure += configure;
        return new VaultProvider(Configure, () => Time, static _ => null).Open($"vault:transit/{name}", options);
    }

    /// <summary>What <c>AddVault</c> is given.</summary>
    public void Configure(VaultOptions options)
    {
        options.Address = Http.Address;
        options.Credential = VaultCredential.Token(TransitDouble.RootToken);
    }

    public void Dispose()
    {
        _admin.Dispose();
        Http.Dispose();
    }
}
