using ColumnCrypt.Stepping;

namespace ColumnCrypt.Reencrypting;

/// <summary>Which rows a re-encryption moves to the Active keys of their tenants, and how fast. Immutable.</summary>
public sealed record ReencryptOptions : StepOptions
{
    /// <summary>The most tenants that <see cref="Tenants"/> may name.</summary>
    internal const int MaxTenants = 1_000;

    /// <summary>The tenants whose rows are moved: 1 to 1,000. Null, the default, for all.</summary>
    public IReadOnlySet<string>? Tenants { get; init; }

    /// <summary>The columns that are moved, as <c>table.column</c> or <c>schema.table.column</c>. Null, the default, for all of the manifest.</summary>
    public IReadOnlySet<string>? Columns { get; init; }

    /// <summary>
    /// True to read every moved column once more afterwards and decrypt each value. Default: false; each value is decrypted and compared before it is
    /// written in any case.
    /// </summary>
    public bool Verify { get; init; }

    internal new void Check()
    {
        base.Check();
        if (Tenants is { } tenants)
        {
            ArgumentOutOfRangeException.ThrowIfZero(tenants.Count, nameof(Tenants));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(tenants.Count, MaxTenants, nameof(Tenants));
        }

        if (Columns is { } columns)
        {
            ArgumentOutOfRangeException.ThrowIfZero(columns.Count, nameof(Columns));
        }
    }
}
