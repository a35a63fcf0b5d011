using System.Text.Json;
using ColumnCrypt.Tool.Running;

namespace ColumnCrypt.Tool.Configuration;

/// <summary>Reads a configuration file, and names every mistake in it at once.</summary>
internal sealed class ConfigFileReader
{
    private static readonly string[] s_members =
    [
        "provider", "connection", "connectionFile", "schema", "dataName", "keks", "alsoKeks", "allowKeks", "escrowKeks", "tenantKeks", "pin", "actor", "passphraseFile",
        "signingKey", "signingPassphraseFile", "ledger", "ledgerTrust",
    ];

    private static readonly string[] s_kekMembers = ["uri", "passphraseFile"];

    private static readonly string[] s_tenantKekMembers = [.. s_kekMembers, "credential"];

    private readonly string _path;
    private readonly CliEnvironment _environment;
    private readonly List<string> _mistakes = [];

    private ConfigFileReader(string path, CliEnvironment environment) => (_path, _environment) = (path, environment);

    public static ConfigFile Read(string path, CliEnvironment environment) => new ConfigFileReader(path, environment).Read();

    private ConfigFile Read()
    {
        using var document = Parse();
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw CliException.Usage($"The configuration file {_path} must hold a JSON object.");
        }

        CheckMembers(root, s_members, "");
        string? connection = Expanded(root, "connection");
        if (Expanded(root, "connectionFile") is { } connectionFile)
        {
            if (connection is not null)
            {
                _mistakes.Add("connection and connectionFile exclude each other");
            }

            connection = SmallText.Read(Beside(connectionFile), "the connection string");
        }

        var file = new ConfigFile
        {
            Path = _path,
            Provider = Text(root, "provider"),
            Connection = connection,
            Schema = Text(root, "schema"),
            Keks =
            [
                .. Keks(root, "keks", KekUse.Wraps),
                .. Keks(root, "alsoKeks", KekUse.Also),
                .. Keks(root, "allowKeks", KekUse.Unwraps),
                .. Keks(root, "escrowKeks", KekUse.Escrow),
                .. Keks(root, "tenantKeks", KekUse.TenantsOwn),
            ],
            DataName = Text(root, "dataName"),
            Pin = Text(root, "pin"),
            Actor = Expanded(root, "actor"),
            PassphraseFile = PathIn(root, "passphraseFile"),
            SigningKey = PathIn(root, "signingKey"),
            SigningPassphraseFile = PathIn(root, "signingPassphraseFile"),
            Ledger = PathIn(root, "ledger"),
            LedgerTrust = Text(root, "ledgerTrust"),
        };
        return _mistakes.Count == 0
            ? file
            : throw CliException.Usage($"The configuration file {_path} is wrong: {string.Join("; ", _mistakes)}. See docs/cli.md.");
    }

    private JsonDocument Parse()
    {
        try
        {
            return JsonDocument.Parse(
                File.ReadAllText(_path), new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, AllowDuplicateProperties = false });
        }
        catch (JsonException error)
        {
            throw new CliException("usage", $"The configuration file {_path} is not JSON, at line {error.LineNumber + 1}, or names a member twice.", ExitCode.Usage, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException("usage", $"The configuration file {_path} cannot be read: {error.Message}", ExitCode.Usage, error);
        }
    }

    private void CheckMembers(JsonElement element, string[] known, string where)
    {
        foreach (var member in element.EnumerateObject().Where(member => !known.Contains(member.Name, StringComparer.Ordinal)))
        {
            _mistakes.Add($"'{where}{member.Name}' is not a member; there are {string.Join(", ", known)}");
        }
    }

    private string? Text(JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text)
        {
            return text;
        }

        _mistakes.Add($"{name} must be a string that is not empty");
        return null;
    }

    private string? Expanded(JsonElement element, string name) =>
        Text(element, name) is { } text ? VariableExpansion.Apply(text, _environment, missing => _mistakes.Add($"{name} needs the environment variable {missing}, which is not set")) : null;

    private IEnumerable<KekSetting> Keks(JsonElement root, string name, KekUse use)
    {
        if (!root.TryGetProperty(name, out var list) || list.ValueKind == JsonValueKind.Null)
        {
            yield break;
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            _mistakes.Add($"{name} must be an array");
            yield break;
        }

        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.String && item.GetString() is { Length: > 0 } uri)
            {
                yield return new KekSetting(uri, use);
            }
            else if (item.ValueKind == JsonValueKind.Object && Text(item, "uri") is { } named)
            {
                CheckMembers(item, use == KekUse.TenantsOwn ? s_tenantKekMembers : s_kekMembers, name + ".");
                yield return new KekSetting(named, use, PathIn(item, "passphraseFile"), use == KekUse.TenantsOwn ? Credential(item, named) : null);
            }
            else
            {
                _mistakes.Add($"every item of {name} must be a URI, or an object with a uri");
            }
        }
    }

    private KekCredential? Credential(JsonElement item, string uri)
    {
        if (!item.TryGetProperty("credential", out var credential) || credential.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (credential.ValueKind != JsonValueKind.Object || KekCredentials.MembersOf(uri) is not { Count: > 0 } known)
        {
            _mistakes.Add($"the credential of {uri} must be an object, of a KEK that takes one");
            return null;
        }

        CheckMembers(credential, [.. known], "credential.");
        var members = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string name in known)
        {
            if ((name.EndsWith("File", StringComparison.Ordinal) || name.EndsWith("Path", StringComparison.Ordinal) ? PathIn(credential, name) : Expanded(credential, name)) is { } text)
            {
                members.Add(name, text);
            }
        }

        return new KekCredential(members, _environment);
    }

    private string? PathIn(JsonElement element, string name) => Expanded(element, name) is { } path ? Beside(path) : null;

    private string Beside(string path) => Path.GetFullPath(path, Path.GetDirectoryName(_path)!);
}
