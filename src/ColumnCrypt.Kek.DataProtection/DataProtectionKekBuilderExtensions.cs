using ColumnCrypt.Kek;
using ColumnCrypt.Kek.DataProtection;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>KEKs in the key ring of ASP.NET Core Data Protection.</summary>
public static class DataProtectionKekBuilderExtensions
{
    /// <summary>
    /// Registers <c>data-protection:NAME</c>: a KEK in a key ring that is encrypted at rest and kept outside the database of the key tables. Names separate the KEKs in one ring.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Says which ring, for every KEK that does not say so itself. Default: that of the application's services.</param>
    public static ColumnCryptBuilder AddDataProtection(this ColumnCryptBuilder builder, Action<DataProtectionKekOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new DataProtectionKekOptions();
        configure?.Invoke(options);
        return builder.AddKekProvider(new DataProtectionKekProvider(options, builder.Services));
    }

    /// <summary>Says in which ring one KEK is: <c>UseKek(uri, o => o.DataProtection(ring => ring.Ring = …))</c>.</summary>
    /// <param name="options">The options of the KEK.</param>
    /// <param name="configure">Changes what <see cref="AddDataProtection"/> was given.</param>
    public static KekOptions DataProtection(this KekOptions options, Action<DataProtectionKekOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(configure);
        configure(options.Of<DataProtectionKekOptions>());
        return options;
    }
}
