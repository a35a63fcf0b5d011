namespace ColumnCrypt.Kek.Kmip.Protocol;

/// <summary>One operation of a request.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Payload">Writes the items of its payload.</param>
internal sealed record KmipCall(Operation Operation, Action<TtlvWriter> Payload);
