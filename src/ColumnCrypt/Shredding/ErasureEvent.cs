namespace ColumnCrypt.Shredding;

/// <summary>What the audit says about the tenant's way to its end.</summary>
/// <param name="Sequence">The entry's number in the audit.</param>
/// <param name="At">When.</param>
/// <param name="Actor">Who.</param>
/// <param name="Action">What.</param>
/// <param name="Detail">Why.</param>
public sealed record ErasureEvent(long Sequence, DateTimeOffset At, string Actor, string Action, string? Detail);
