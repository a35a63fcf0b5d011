namespace ColumnCrypt.Search;

/// <summary><c>trimmed@1</c>: white space (the Unicode property White_Space) at both ends is dropped; nothing else changes.</summary>
internal sealed class TrimmedNormaliser : IIndexNormaliser
{
    public string Name => "trimmed";

    public int Version => 1;

    public IReadOnlyList<NormaliserAnswer> KnownAnswers { get; } =
        [new("  A b\t\n", "A b"), new("\u00A0\u2003x\u3000\u2028\u0085", "x"), new("\u200Bx\u200B", "\u200Bx\u200B"), new(" ", ""), new("", "")];

    public string Normalise(string text) => Trim(text);

    /// <summary>The form of a text.</summary>
    public static string Trim(string text) => text.Trim();
}
