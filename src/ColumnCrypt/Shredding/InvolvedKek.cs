using System.Text.Json.Serialization;

namespace ColumnCrypt.Shredding;

/// <summary>A KEK under which a destroyed key was wrapped.</summary>
/// <param name="KekId">Its URI.</param>
/// <param name="From">Since when.</param>
/// <param name="To">Until when.</param>
/// <param name="State">Its state in the key store now.</param>
/// <param name="DestructionFinalAt">When its destruction is, or was, final; null where it is not destroyed.</param>
public sealed record InvolvedKek(string KekId, DateTimeOffset From, DateTimeOffset? To, string State, DateTimeOffset? DestructionFinalAt)
{
    /// <summary>True where the tenant's row or the audit says that it is, or was, the tenant's own. Not written where it is false, as it is by default.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsTenantsOwn { get; init; }
}
