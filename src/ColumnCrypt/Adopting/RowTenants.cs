using System.Globalization;
using ColumnCrypt.Manifest;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Adopting;

/// <summary>The tenant of a row, from what its column says. Stateless, thread-safe.</summary>
internal static class RowTenants
{
    /// <exception cref="FormatException">The column names no tenant.</exception>
    public static string Of(RowTenant? tenant, object? value)
    {
        if (tenant?.Column is not { } column)
        {
            return tenant?.Constant ?? TenantId.Default;
        }

        try
        {
            return TenantId.From(tenant.Form switch
            {
                TenantForm.Guid => value is string text ? Guid.Parse(text) : (Guid)value!,
                TenantForm.Number => Convert.ToInt64(value, CultureInfo.InvariantCulture),
                _ => (string)value!,
            });
        }
        catch (Exception error) when (error is InvalidCastException or FormatException or OverflowException or ArgumentException or NullReferenceException or TenantNotSetException)
        {
            throw new FormatException($"Its column '{column}' names no tenant.");
        }
    }
}
