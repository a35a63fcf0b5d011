namespace ColumnCrypt.Rows;

/// <summary>The beginning of the values of a column, by which their keys are known. Immutable.</summary>
/// <param name="Sql">It as SQL has it.</param>
/// <param name="HasBytes">Whether it may be bytes: the key id.</param>
/// <param name="HasText">Whether it may be text: that of the text form.</param>
internal sealed record ValueHead(string Sql, bool HasBytes, bool HasText);
