namespace ColumnCrypt.Kek;

/// <summary>What became of one input among others: a value, or the failure that is this input's alone.</summary>
/// <param name="Value">The value; default where it failed.</param>
/// <param name="Error">How it failed, or null.</param>
/// <typeparam name="T">The type of the value.</typeparam>
public readonly record struct KekOutcome<T>(T? Value, KekException? Error = null);
