using ColumnCrypt.Benchmarks.Short;

namespace ColumnCrypt.Benchmarks.Report;

/// <summary>A chapter of docs/benchmarks.md.</summary>
/// <param name="Name">The name of its plot and of its part of the raw results.</param>
/// <param name="Title">The heading.</param>
/// <param name="Note">What is compared with what.</param>
/// <param name="Run">Measures it.</param>
public sealed record ReportSection(string Name, string Title, string Note, Func<IAsyncEnumerable<Measurement>> Run);
