namespace ColumnCrypt.Shredding;

/// <summary>A KEK under which a destroyed key was wrapped.</summary>
/// <param name="KekId">Its URI.</param>
/// <param name="From">Since when.</param>
/// <param name="To">Until when.</param>
/// <param name="State">Its state in the key store now.</param>
/// <param name="DestructionFinalAt">When its destruction is, or was, final; null where it is not destroyed.</param>
public sealed record InvolvedKek(string KekId, DateTimeOffset From, DateTimeOffset? To, string State, DateTimeOffset? DestructionFinalAt);
