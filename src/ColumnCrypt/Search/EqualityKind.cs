namespace ColumnCrypt.Search;

/// <summary>The whole value.</summary>
internal sealed class EqualityKind() : IndexKind("eq")
{
    public static readonly EqualityKind Instance = new();
}
