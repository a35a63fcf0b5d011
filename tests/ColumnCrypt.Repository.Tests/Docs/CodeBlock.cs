using System.Text.RegularExpressions;

namespace ColumnCrypt.Repository.Tests.Docs;

/// <summary>A <c>csharp</c> block of a Markdown file, as it is compiled.</summary>
/// <param name="Line">The line of its fence, from 1.</param>
/// <param name="Code">The block; where an HTML comment <c>&lt;!-- frame: … --&gt;</c> stands right before it, that text with <c>{code}</c> replaced by the block.</param>
internal sealed partial record CodeBlock(int Line, string Code)
{
    public static IEnumerable<CodeBlock> In(string document)
    {
        var text = File.ReadAllText(Repository.At(document)).ReplaceLineEndings("\n");
        foreach (Match match in Pattern().Matches(text))
        {
            var line = text.AsSpan(0, match.Groups["fence"].Index).Count('\n') + 1;
            var code = match.Groups["code"].Value;
            yield return new CodeBlock(line, match.Groups["frame"].Success ? match.Groups["frame"].Value.Replace("{code}", code, StringComparison.Ordinal) : code);
        }
    }

    [GeneratedRegex("(?:<!-- frame:(?<frame>(?:(?!-->).)*)-->\\s*)?^(?<fence>```csharp)[^\\n]*\\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Pattern();
}
