namespace ColumnCrypt.Kek;

/// <summary>The shares that open a <c>file:</c> KEK, as its file tells of them. No secret.</summary>
/// <param name="Set">Names the shares that belong together: 12 hex digits, lower case.</param>
/// <param name="Threshold">How many of them open it.</param>
/// <param name="Count">How many were made.</param>
public sealed record FileKekShares(string Set, int Threshold, int Count);
