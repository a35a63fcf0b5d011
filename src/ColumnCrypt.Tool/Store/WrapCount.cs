namespace ColumnCrypt.Tool.Store;

/// <summary>How many wraps with bytes are under a KEK.</summary>
internal sealed record WrapCount(string KekId, long Count);
