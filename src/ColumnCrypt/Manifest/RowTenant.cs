namespace ColumnCrypt.Manifest;

/// <summary>Which tenant a row is of: what a column of its table says, or the same for every row. Immutable.</summary>
public sealed record RowTenant
{
    private RowTenant(string? column, TenantForm form, string? constant) => (Column, Form, Constant) = (column, form, constant);

    /// <summary>The column that says it; null where it is the same for every row.</summary>
    public string? Column { get; }

    /// <summary>How the column spells it.</summary>
    public TenantForm Form { get; }

    /// <summary>The tenant of every row; null where a column says it.</summary>
    public string? Constant { get; }

    /// <summary>What a column of the table says.</summary>
    /// <param name="column">The column.</param>
    /// <param name="form">How it spells the tenant.</param>
    public static RowTenant Of(string column, TenantForm form)
    {
        ArgumentException.ThrowIfNullOrEmpty(column);
        return new(column, form, null);
    }

    /// <summary>The same for every row.</summary>
    /// <param name="tenant">The tenant id, as <see cref="Metadata.TenantId.From"/> writes it.</param>
    public static RowTenant Always(string tenant)
    {
        ArgumentException.ThrowIfNullOrEmpty(tenant);
        return new(null, TenantForm.Text, tenant);
    }
}
