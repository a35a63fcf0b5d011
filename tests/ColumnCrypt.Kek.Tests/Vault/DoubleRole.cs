namespace ColumnCrypt.Kek.Tests.Vault;

/// <summary>An AppRole of <see cref="TransitDouble"/>.</summary>
internal sealed class DoubleRole
{
    public string RoleId { get; } = Guid.NewGuid().ToString("D");

    public required string Policy { get; init; }

    public TimeSpan Lease { get; init; }

    public TimeSpan LongestLease { get; init; }

    /// <summary>How often a secret id may be used; 0 for ever.</summary>
    public int SecretIdUses { get; init; }

    /// <summary>The secret ids, and how often each was used.</summary>
    public Dictionary<string, int> SecretIds { get; } = [];
}
