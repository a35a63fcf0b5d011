namespace ColumnCrypt.Doctor;

/// <summary>What an examination of a key store found.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="Code">Names the kind: <c>wrap.single</c>, <c>row.tampered</c>.</param>
/// <param name="Count">How many rows it is about.</param>
/// <param name="Message">What it is and what to do about it; names at most five rows.</param>
public sealed record Finding(Severity Severity, string Code, long Count, string Message);
