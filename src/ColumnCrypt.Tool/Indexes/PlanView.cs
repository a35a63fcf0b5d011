namespace ColumnCrypt.Tool.Indexes;

/// <summary>A proposal for the indexes of a property.</summary>
internal sealed record PlanView(int? Bits, int? Buckets, double? RowsPerLookup, double? Prominence, bool IsSlow, IReadOnlyList<string> Reasons);
