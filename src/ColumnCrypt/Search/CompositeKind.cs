namespace ColumnCrypt.Search;

/// <summary>Several values together, each as <c>eq</c> encodes it, with its length in front.</summary>
internal sealed class CompositeKind() : IndexKind("composite")
{
    public const int MaxParts = 16;

    public static readonly CompositeKind Instance = new();
}
