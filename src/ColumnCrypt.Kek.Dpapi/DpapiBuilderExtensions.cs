using ColumnCrypt.Kek.Dpapi;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>KEKs in the Data Protection API of Windows.</summary>
public static class DpapiBuilderExtensions
{
    /// <summary>Registers <c>dpapi:</c>: <c>dpapi:user/NAME</c> under the keys of the user, <c>dpapi:machine/NAME</c> under those of the machine. Opened elsewhere than on Windows it is an error.</summary>
    /// <param name="builder">The builder.</param>
    public static ColumnCryptBuilder AddDpapi(this ColumnCryptBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddKekProvider(new DpapiKekProvider());
    }
}
