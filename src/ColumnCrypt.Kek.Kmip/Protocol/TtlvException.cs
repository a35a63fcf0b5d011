namespace ColumnCrypt.Kek.Kmip.Protocol;

/// <summary>What was received is not what KMIP allows at this place. The message names tags and sizes, never content.</summary>
/// <param name="message">What is wrong.</param>
internal sealed class TtlvException(string message) : Exception(message);
