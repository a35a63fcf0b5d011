using System.Text.Json;
using System.Text.Json.Nodes;

namespace ColumnCrypt.Tool.Tests.Support;

/// <summary>What a command line did.</summary>
/// <param name="Code">The exit code.</param>
/// <param name="Output">The standard output.</param>
/// <param name="Error">The standard error.</param>
internal sealed record Run(int Code, string Output, string Error)
{
    /// <summary>The standard output as one JSON document.</summary>
    public JsonNode Json => Parse(Output);

    /// <summary>The kind of error, after <c>--json</c>.</summary>
    public string ErrorKind => (string)Parse(Error)["error"]!["kind"]!;

    public Run IsDone()
    {
        Assert.True(Code == 0, $"Exit code {Code}: {Error}");
        return this;
    }

    public Run Failed(int code, string saying)
    {
        Assert.True(code == Code, $"Exit code {Code}: {Output}{Error}");
        Assert.Contains(saying, Error, StringComparison.Ordinal);
        return this;
    }

    private static JsonNode Parse(string text) =>
        JsonNode.Parse(text, null, new JsonDocumentOptions { AllowDuplicateProperties = false }) ?? throw new InvalidOperationException("null");
}
