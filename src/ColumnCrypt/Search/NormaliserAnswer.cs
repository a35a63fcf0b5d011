namespace ColumnCrypt.Search;

/// <summary>A known answer of a normaliser.</summary>
/// <param name="Text">A text.</param>
/// <param name="Form">Its form.</param>
public sealed record NormaliserAnswer(string Text, string Form);
