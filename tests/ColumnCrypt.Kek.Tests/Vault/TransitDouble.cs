using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ColumnCrypt.Kek.Tests.Vault;

/// <summary>
/// Answers as a Vault 1.5 with the transit engine and the AppRole method does, as far as it was recorded; the cryptography is real. In states that the
/// record does not have (sealed, standby, a rate limit) it answers as Vault's documentation says. Thread-safe.
/// </summary>
/// <param name="time">The clock by which tokens expire.</param>
internal sealed partial class TransitDouble(TimeProvider time)
{
    public const string RootToken = "root-token";

    private const string Forbidden = "1 error occurred:\n\t* permission denied\n\n";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, TransitEngine> _mounts = [];
    private readonly Dictionary<string, DoubleRole> _roles = [];
    private readonly HashSet<string> _logins = [];
    private readonly Dictionary<string, DoubleToken> _tokens = new() { [RootToken] = new DoubleToken { Value = RootToken, Policies = ["root"], Issued = time.GetUtcNow() } };
    private readonly Dictionary<string, List<(string Path, string[] Capabilities)>> _policies = [];

    public bool IsSealed { get; set; }

    public bool IsStandby { get; set; }

    /// <summary>Every call ends so; null for none.</summary>
    public HttpReply? Fault { get; set; }

    /// <summary>The namespace that it is all in; null for none, and then the header is ignored as the open source edition does.</summary>
    public string? Namespace { get; set; }

    public HttpReply Answer(HttpCall call)
    {
        lock (_gate)
        {
            if (Fault is { } fault)
            {
                return fault;
            }

            string path = Uri.UnescapeDataString(call.Path);
            try
            {
                return path.StartsWith("/v1/", StringComparison.Ordinal) ? Route(call, path[4..]) : throw new VaultFaultException(404);
            }
            catch (VaultFaultException error)
            {
                return new HttpReply(error.Status, new JsonObject { ["errors"] = new JsonArray([.. error.Errors.Select(static text => JsonValue.Create(text))]) }.ToJsonString());
            }
        }
    }

    /// <summary>Makes a token.</summary>
    public string Issue(string policy, TimeSpan lease = default, bool isRenewable = true)
    {
        lock (_gate)
        {
            return Issue([policy, "default"], lease, null, isRenewable, null).Value;
        }
    }

    /// <summary>Forgets a token.</summary>
    public void Revoke(string token)
    {
        lock (_gate)
        {
            _tokens.Remove(token);
        }
    }

    private HttpReply Route(HttpCall call, string path)
    {
        if (path is "sys/health" or "sys/seal-status")
        {
            return Unsealed(path);
        }

        if (IsSealed)
        {
            throw new VaultFaultException(503, "Vault is sealed");
        }

        if (IsStandby)
        {
            return new HttpReply(307, "", Location: "https://127.0.0.2:8200" + call.Path);
        }

        if (Namespace is { } wanted && call.Header("X-Vault-Namespace")?.Trim('/') != wanted)
        {
            throw new VaultFaultException(404, $"no handler for route '{path}'");
        }

        var body = Body(call.Body);
        if (LoginPath().Match(path) is { Success: true } login && _logins.Contains(login.Groups[1].Value))
        {
            return LogIn(body);
        }

        var token = Token(call);
        Demand(token, call.Method, path);
        if (path.StartsWith("auth/token/", StringComparison.Ordinal))
        {
            return OfToken(token, path["auth/token/".Length..]);
        }

        if (path.StartsWith("sys/", StringComparison.Ordinal) || path.StartsWith("auth/", StringComparison.Ordinal))
        {
            return Administer(call.Method, path, body);
        }

        string? mount = _mounts.Keys.FirstOrDefault(mount => path.StartsWith(mount + "/", StringComparison.Ordinal));
        return mount is not null
            ? _mounts[mount].Answer(call.Method, path[(mount.Length + 1)..], body) is { } data ? Ok(data) : new HttpReply(204, "")
            : throw new VaultFaultException(404, $"no handler for route '{path}'");
    }

    private HttpReply Administer(string method, string path, JsonObject body)
    {
        switch (path.Split('/'))
        {
            case ["sys", "mounts", .. var mount]:
                _mounts.Add(string.Join('/', mount), new TransitEngine(time));
                return new HttpReply(204, "");
            case ["sys", "auth", .. var mount]:
                _logins.Add(string.Join('/', mount));
                return new HttpReply(204, "");
            case ["sys", "policies", "acl", ..] or ["sys", "policy", _]:
                _policies[path[(path.LastIndexOf('/') + 1)..]] = [.. PolicyPath().Matches(body["policy"]!.GetValue<string>()).Select(static match =>
                    (match.Groups["path"].Value, match.Groups["capabilities"].Value.Split([',', ' ', '"'], StringSplitOptions.RemoveEmptyEntries)))];
                return new HttpReply(204, "");
            case ["auth", .., "role", var name]:
                _roles[name] = new DoubleRole
                {
                    Policy = body["token_policies"] is JsonArray list ? list[0]!.GetValue<string>() : body["token_policies"]!.GetValue<string>(),
                    Lease = Duration(body["token_ttl"]),
                    LongestLease = Duration(body["token_max_ttl"]),
                    SecretIdUses = body["secret_id_num_uses"]?.GetValue<int>() ?? 0,
                };
                return new HttpReply(204, "");
            case ["auth", .., "role", var name, "role-id"] when method == "GET":
                return Ok(new JsonObject { ["role_id"] = _roles[name].RoleId });
            case ["auth", .., "role", var name, "secret-id"]:
                string secretId = Guid.NewGuid().ToString("D");
                _roles[name].SecretIds.Add(secretId, 0);
                return Ok(new JsonObject { ["secret_id"] = secretId, ["secret_id_accessor"] = Guid.NewGuid().ToString("D") });
            default:
                throw new VaultFaultException(404, $"no handler for route '{path}'");
        }
    }

    private HttpReply LogIn(JsonObject body)
    {
        var (name, role) = _roles.FirstOrDefault(role => role.Value.RoleId == body["role_id"]?.GetValue<string>());
        if (role is null)
        {
            throw new VaultFaultException(400, "invalid role ID");
        }

        string secretId = body["secret_id"]?.GetValue<string>() ?? "";
        if (!role.SecretIds.TryGetValue(secretId, out int uses))
        {
            throw new VaultFaultException(400, "invalid secret id");
        }

        if (++uses == role.SecretIdUses)
        {
            role.SecretIds.Remove(secretId);
        }
        else
        {
            role.SecretIds[secretId] = uses;
        }

        var end = role.LongestLease > TimeSpan.Zero ? time.GetUtcNow() + role.LongestLease : (DateTimeOffset?)null;
        return Auth(Issue([role.Policy, "default"], role.Lease, end, true, name));
    }

    private DoubleToken Issue(IReadOnlyList<string> policies, TimeSpan lease, DateTimeOffset? end, bool isRenewable, string? role)
    {
        var now = time.GetUtcNow();
        var token = new DoubleToken
        {
            Value = $"s.{Guid.NewGuid():N}",
            Policies = policies,
            Issued = now,
            Lease = lease,
            End = end,
            IsRenewable = isRenewable,
            Role = role,
            Expires = lease > TimeSpan.Zero ? now + lease : null,
        };
        _tokens.Add(token.Value, token);
        return token;
    }

    private HttpReply OfToken(DoubleToken token, string call)
    {
        switch (call)
        {
            case "lookup-self":
                return Ok(LookUp(token));
            case "renew-self" when token.IsRenewable:
                var expires = time.GetUtcNow() + token.Lease;
                token.Expires = token.Lease == TimeSpan.Zero ? null : expires > token.End ? token.End : expires;
                return Auth(token);
            case "renew-self":
                throw new VaultFaultException(400, "lease is not renewable");
            case "revoke-self":
                _tokens.Remove(token.Value);
                return new HttpReply(204, "");
            default:
                throw new VaultFaultException(404, $"no handler for route 'auth/token/{call}'");
        }
    }

    private JsonObject LookUp(DoubleToken token) => new()
    {
        ["accessor"] = Guid.NewGuid().ToString("D"),
        ["creation_time"] = token.Issued.ToUnixTimeSeconds(),
        ["creation_ttl"] = (int)token.Lease.TotalSeconds,
        ["display_name"] = "approle",
        ["entity_id"] = Guid.NewGuid().ToString("D"),
        ["expire_time"] = token.Expires?.ToString("O", CultureInfo.InvariantCulture),
        ["explicit_max_ttl"] = 0,
        ["id"] = token.Value,
        ["issue_time"] = token.Issued.ToString("O", CultureInfo.InvariantCulture),
        ["last_renewal"] = token.Issued.ToString("O", CultureInfo.InvariantCulture),
        ["last_renewal_time"] = token.Issued.ToUnixTimeSeconds(),
        ["meta"] = token.Role is null ? null : new JsonObject { ["role_name"] = token.Role },
        ["num_uses"] = 0,
        ["orphan"] = true,
        ["path"] = token.Role is null ? "auth/token/create" : "auth/approle/login",
        ["policies"] = Policies(token),
        ["renewable"] = token.IsRenewable,
        ["ttl"] = Seconds(token),
        ["type"] = "service",
    };

    private HttpReply Auth(DoubleToken token) => Ok(null, new JsonObject
    {
        ["client_token"] = token.Value,
        ["accessor"] = Guid.NewGuid().ToString("D"),
        ["policies"] = Policies(token),
        ["token_policies"] = Policies(token),
        ["metadata"] = token.Role is null ? null : new JsonObject { ["role_name"] = token.Role },
        ["lease_duration"] = Seconds(token),
        ["renewable"] = token.IsRenewable,
        ["entity_id"] = Guid.NewGuid().ToString("D"),
        ["token_type"] = "service",
        ["orphan"] = true,
    });

    private int Seconds(DoubleToken token) => token.Expires is { } end ? (int)Math.Ceiling((end - time.GetUtcNow()).TotalSeconds) : 0;

    private static JsonArray Policies(DoubleToken token) => [.. token.Policies.Select(static policy => JsonValue.Create(policy))];

    private DoubleToken Token(HttpCall call)
    {
        string value = call.Header("X-Vault-Token") ?? (call.Header("Authorization") is { } bearer && bearer.StartsWith("Bearer ", StringComparison.Ordinal) ? bearer["Bearer ".Length..] : "");
        return value.Length == 0 ? throw new VaultFaultException(400, "missing client token")
            : _tokens.TryGetValue(value, out var token) && !(token.Expires <= time.GetUtcNow()) ? token
            : throw new VaultFaultException(403, "permission denied");
    }

    // Encrypting with a key that is missing is a creation, and so another right.
    private void Demand(DoubleToken token, string method, string path)
    {
        bool isCreation = path.Split('/') is [.. var mount, "encrypt", var name] && _mounts.TryGetValue(string.Join('/', mount), out var engine) && !engine.Keys.ContainsKey(name);
        string capability = method switch
        {
            "GET" => "read",
            "LIST" => "list",
            "DELETE" => "delete",
            _ => isCreation ? "create" : "update",
        };
        bool isAllowed = token.IsRoot
            || (token.Policies.Contains("default") && path is "auth/token/lookup-self" or "auth/token/renew-self" or "auth/token/revoke-self")
            || token.Policies.Any(policy => _policies.GetValueOrDefault(policy, []).Exists(rule => rule.Path == path && rule.Capabilities.Contains(capability)));
        if (!isAllowed)
        {
            throw new VaultFaultException(403, Forbidden);
        }
    }

    private HttpReply Unsealed(string path) => path == "sys/health"
        ? new HttpReply(IsSealed ? 503 : IsStandby ? 429 : 200, new JsonObject
        {
            ["initialized"] = true,
            ["sealed"] = IsSealed,
            ["standby"] = IsStandby,
            ["performance_standby"] = false,
            ["replication_performance_mode"] = "disabled",
            ["replication_dr_mode"] = "disabled",
            ["server_time_utc"] = time.GetUtcNow().ToUnixTimeSeconds(),
            ["version"] = "1.5.0-rc",
            ["cluster_name"] = "vault-cluster-double",
            ["cluster_id"] = Guid.Empty.ToString("D"),
        }.ToJsonString())
        : new HttpReply(200, new JsonObject
        {
            ["type"] = "shamir",
            ["initialized"] = true,
            ["sealed"] = IsSealed,
            ["t"] = 1,
            ["n"] = 1,
            ["progress"] = 0,
            ["nonce"] = "",
            ["version"] = "1.5.0-rc",
            ["migration"] = false,
            ["cluster_name"] = "vault-cluster-double",
            ["cluster_id"] = Guid.Empty.ToString("D"),
            ["recovery_seal"] = false,
            ["storage_type"] = "inmem",
        }.ToJsonString());

    private static HttpReply Ok(JsonObject? data, JsonObject? auth = null) => new(200, new JsonObject
    {
        ["request_id"] = Guid.NewGuid().ToString("D"),
        ["lease_id"] = "",
        ["renewable"] = false,
        ["lease_duration"] = 0,
        ["data"] = data,
        ["wrap_info"] = null,
        ["warnings"] = null,
        ["auth"] = auth,
    }.ToJsonString());

    // What is no JSON is taken as nothing.
    private static JsonObject Body(byte[] body)
    {
        try
        {
            return body.Length > 0 && JsonNode.Parse(body) is JsonObject json ? json : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static TimeSpan Duration(JsonNode? node) => node is JsonValue value
        ? TimeSpan.FromSeconds(value.TryGetValue(out int seconds) ? seconds : int.Parse(value.GetValue<string>().TrimEnd('s'), CultureInfo.InvariantCulture))
        : TimeSpan.Zero;

    [GeneratedRegex(@"\Aauth/(.+)/login\z")]
    private static partial Regex LoginPath();

    [GeneratedRegex("path \"(?<path>[^\"]+)\" \\{ capabilities = \\[(?<capabilities>[^\\]]*)\\] \\}")]
    private static partial Regex PolicyPath();
}
