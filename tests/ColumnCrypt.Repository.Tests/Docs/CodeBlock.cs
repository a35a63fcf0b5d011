using System.Text.RegularExpressions;

namespace ColumnCrypt.Repository.Tests.Docs;

/// <summary>A <c>csharp</c> block of a Markdown file.</summary>
/// <param name="Line">The line of its fence, from 1.</param>
/// <param name="Code">What stands in it.</param>
internal sealed partial record CodeBlock(int Line, string Code)
{
    public static IEnumerable<CodeBlock> In(string document)
    {
        var text = File.ReadAllText(Repository.At(document)).ReplaceLineEndings("\n");
        return Pattern().Matches(text).Select(match => new CodeBlock(text.AsSpan(0, match.Index).Count('\n') + 1, match.Groups["code"].Value));
    }

    [GeneratedRegex("^```csharp[^\\n]*\\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Pattern();
}
