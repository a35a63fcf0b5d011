namespace ColumnCrypt.Kek.Tests.Vault;

/// <summary>A token of <see cref="TransitDouble"/>.</summary>
internal sealed class DoubleToken
{
    public required string Value { get; init; }

    public required IReadOnlyList<string> Policies { get; init; }

    public required DateTimeOffset Issued { get; init; }

    /// <summary>How long a renewal lasts; zero for ever.</summary>
    public TimeSpan Lease { get; init; }

    /// <summary>Behind which no renewal reaches.</summary>
    public DateTimeOffset? End { get; init; }

    public bool IsRenewable { get; init; }

    public string? Role { get; init; }

    public DateTimeOffset? Expires { get; set; }

    public bool IsRoot => Policies.Contains("root");
}
