namespace ColumnCrypt.Search;

/// <summary>
/// The index versions that an operation is about to use, so that their keys are made or looked up before, without blocking a thread.
/// Immutable, thread-safe; made once per model, not per operation.
/// </summary>
/// <param name="Written">Versions of which values are about to be written: missing keys are made.</param>
/// <param name="Queried">
/// Versions of which values are about to be compared: a missing key is looked up once in the key store, where another node may have made it.
/// What is found holds for the lease: a key made later is not seen through it.
/// </param>
public sealed record IndexVersions(IReadOnlyList<int> Written, IReadOnlyList<int> Queried)
{
    /// <summary>No index is used.</summary>
    public static IndexVersions None { get; } = new([], []);

    internal bool IsNone => Written.Count == 0 && Queried.Count == 0;
}
