using System.Text;
using System.Text.Json.Nodes;

namespace ColumnCrypt.Kek.Tests.Vault;

/// <summary>Every exchange that was recorded from a real Vault, in its order: the double answers as it did, but for what is drawn at random, and for times.</summary>
public sealed class ReplayTests
{
    private static readonly HashSet<string> s_random = new(StringComparer.Ordinal)
    {
        "request_id", "cluster_name", "cluster_id", "server_time_utc", "accessor", "client_token", "entity_id", "role_id", "secret_id", "secret_id_accessor", "id",
        "creation_time", "expire_time", "issue_time", "last_renewal", "last_renewal_time",
    };

    private readonly TransitDouble _vault = new(TimeProvider.System);
    private readonly Dictionary<string, string> _ciphertexts = new(StringComparer.Ordinal);
    private string _roleId = "";
    private string _secretId = "";
    private string _token = "";

    [Fact]
    public void Double_AnswersAsVaultDid()
    {
        var exchanges = RecordedExchange.Load();
        Assert.Equal(82, exchanges.Count);
        foreach (var exchange in exchanges)
        {
            var reply = _vault.Answer(new HttpCall(exchange.Method, exchange.Path, Headers(exchange.Name), Request(exchange)));
            var answer = reply.Body.Length == 0 ? null : JsonNode.Parse(reply.Body);
            Assert.Equal((exchange.Name, exchange.Status, "application/json"), (exchange.Name, reply.Status, reply.ContentType));
            AssertSame(exchange.Name, "", exchange.Response, answer);
            Learn(exchange.Response, answer);
        }
    }

    // Which token an exchange had, the record says by its name.
    private Dictionary<string, string> Headers(string name) => name switch
    {
        "health" or "seal-status" or "no token" => [],
        "bad token" => new() { ["X-Vault-Token"] = "s.none" },
        "authorization bearer" => new() { ["Authorization"] = $"Bearer {TransitDouble.RootToken}" },
        "allowed" or "forbidden path" or "renew-self" or "lookup-self" or "revoke-self" or "after revoke" => new() { ["X-Vault-Token"] = _token },
        "namespace header on OSS" => new() { ["X-Vault-Token"] = TransitDouble.RootToken, ["X-Vault-Namespace"] = "ns1" },
        _ => new() { ["X-Vault-Token"] = TransitDouble.RootToken },
    };

    private byte[] Request(RecordedExchange exchange)
    {
        if (exchange.Request is not JsonObject request)
        {
            return Encoding.UTF8.GetBytes(exchange.Request?.ToString() ?? "");
        }

        var body = request.DeepClone().AsObject();
        Substitute(body);
        if (body.ContainsKey("role_id"))
        {
            body["role_id"] = exchange.Name.Contains("bad role", StringComparison.Ordinal) ? "none" : _roleId;
            body["secret_id"] = _secretId;
        }

        return Encoding.UTF8.GetBytes(body.ToJsonString());
    }

    private void Substitute(JsonObject body)
    {
        if (body["ciphertext"] is { } ciphertext)
        {
            body["ciphertext"] = Actual(ciphertext.GetValue<string>());
        }

        foreach (var item in body["batch_input"]?.AsArray() ?? [])
        {
            Substitute(item!.AsObject());
        }
    }

    // The double's ciphertext instead of Vault's; one that was changed for the record is changed in the same places.
    private string Actual(string recorded)
    {
        if (_ciphertexts.TryGetValue(recorded, out string? actual))
        {
            return actual;
        }

        foreach (var (original, own) in _ciphertexts)
        {
            int colon = recorded.LastIndexOf(':') + 1;
            var (was, now) = (original[(original.LastIndexOf(':') + 1)..], own[(own.LastIndexOf(':') + 1)..]);
            int common = was.AsSpan().CommonPrefixLength(recorded.AsSpan(colon));
            if (common > 40)
            {
                return recorded[..colon] + now[..common] + recorded[(colon + common)..];
            }
        }

        return recorded;
    }

    private void Learn(JsonNode? recorded, JsonNode? answer)
    {
        if (recorded?["data"] is JsonObject was && answer!["data"] is JsonObject now)
        {
            Pair(was, now);
            foreach (var (before, after) in (was["batch_results"]?.AsArray() ?? []).Zip(now["batch_results"]?.AsArray() ?? []))
            {
                Pair(before!.AsObject(), after!.AsObject());
            }

            _roleId = now["role_id"]?.GetValue<string>() ?? _roleId;
            _secretId = now["secret_id"]?.GetValue<string>() ?? _secretId;
        }

        _token = answer?["auth"]?["client_token"]?.GetValue<string>() ?? _token;
    }

    private void Pair(JsonObject was, JsonObject now)
    {
        // Where Vault gave the same twice, the double does.
        if (was["ciphertext"] is { } ciphertext && !_ciphertexts.TryAdd(ciphertext.GetValue<string>(), now["ciphertext"]!.GetValue<string>()))
        {
            Assert.Equal(_ciphertexts[ciphertext.GetValue<string>()], now["ciphertext"]!.GetValue<string>());
        }
    }

    private static void AssertSame(string exchange, string name, JsonNode? expected, JsonNode? actual)
    {
        string where = $"{exchange}: {name}";
        Assert.Equal((where, expected?.GetValueKind()), (where, actual?.GetValueKind()));
        switch (expected)
        {
            case JsonObject members:
                Assert.Equal((where, string.Join(", ", members.Select(static member => member.Key).Order())), (where, string.Join(", ", actual!.AsObject().Select(static member => member.Key).Order())));
                foreach (var (key, value) in members)
                {
                    AssertSame(exchange, int.TryParse(key, out _) ? "creation_time" : key, value, actual![key]);
                }

                break;
            case JsonArray items:
                Assert.Equal((where, items.Count), (where, actual!.AsArray().Count));
                for (int i = 0; i < items.Count; i++)
                {
                    AssertSame(exchange, name, items[i], actual[i]);
                }

                break;
            case not null when name == "ciphertext":
                Assert.Equal((where, Shape(expected)), (where, Shape(actual!)));
                break;
            case not null when s_random.Contains(name) || (name == "plaintext" && exchange.StartsWith("datakey", StringComparison.Ordinal)):
                Assert.NotEqual((where, ""), (where, actual!.ToString()));
                break;
            case not null:
                Assert.Equal((where, expected.ToJsonString()), (where, actual!.ToJsonString()));
                break;
        }
    }

    // The version, and how long the rest is.
    private static (string, int) Shape(JsonNode ciphertext)
    {
        string text = ciphertext.GetValue<string>();
        return (text[..text.LastIndexOf(':')], text.Length);
    }
}
