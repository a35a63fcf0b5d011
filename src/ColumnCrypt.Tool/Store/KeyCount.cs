using ColumnCrypt.Metadata;

namespace ColumnCrypt.Tool.Store;

/// <summary>How many keys of a kind are in a state.</summary>
internal sealed record KeyCount(KeyKind Kind, KeyState State, long Count);
