using System.Text.RegularExpressions;
using ColumnCrypt.Tool.Running;

namespace ColumnCrypt.Tool.Configuration;

/// <summary>Fills in environment variables: <c>${NAME}</c>.</summary>
internal static partial class VariableExpansion
{
    public static string Apply(string text, CliEnvironment environment, Action<string> onMissing) => Reference().Replace(text, match =>
    {
        string name = match.Groups["name"].Value;
        if (environment.Variable(name) is { } value)
        {
            return value;
        }

        onMissing(name);
        return "";
    });

    [GeneratedRegex("\\$\\{(?<name>[A-Za-z_][A-Za-z0-9_]*)\\}")]
    private static partial Regex Reference();
}
