using ColumnCrypt.Tool.Running;

namespace ColumnCrypt.Tool.Configuration;

/// <summary>
/// What a configuration file says of one KEK beyond its URI, by name. A secret is never in it: <c>NAMEFile</c> says which file holds it, <c>NAMEVariable</c> which environment variable.
/// </summary>
/// <param name="members">The members; variables are filled in, paths are absolute.</param>
/// <param name="environment">Where variables are.</param>
internal sealed class KekCredential(IReadOnlyDictionary<string, string> members, CliEnvironment environment)
{
    public string? Text(string name) => members.GetValueOrDefault(name);

    public string Demanded(string name) => Text(name) ?? throw CliException.Usage($"The credential of a tenant's KEK needs {name}.");

    public Uri? Address(string name) => Text(name) is not { } text ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var address) ? address : throw CliException.Usage($"{name} of a credential must be a whole address, https://….");

    /// <summary>A secret, out of its file or its variable; null where neither is named.</summary>
    public string? Secret(string name) => (Text(name + "File"), Text(name + "Variable")) switch
    {
        ({ } file, null) => SmallText.Read(file, name),
        (null, { } variable) => environment.Variable(variable) ?? throw CliException.Usage($"The environment variable {variable} with {name} of a credential is not set."),
        (null, null) => null,
        _ => throw CliException.Usage($"{name}File and {name}Variable of a credential exclude each other."),
    };

    public string DemandedSecret(string name) => Secret(name) ?? throw CliException.Usage($"The credential of a tenant's KEK needs {name}File or {name}Variable.");
}
