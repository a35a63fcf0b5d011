namespace ColumnCrypt.Search;

/// <summary>Each word of a text: see <see cref="TextWords"/>.</summary>
internal sealed class WordKind() : IndexKind("word")
{
    public static readonly WordKind Instance = new();
}
