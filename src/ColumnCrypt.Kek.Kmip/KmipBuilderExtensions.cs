using ColumnCrypt.Kek;
using ColumnCrypt.Kek.Kmip;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>KEKs in a key server, through KMIP.</summary>
public static class KmipBuilderExtensions
{
    /// <summary>Registers <c>kmip:</c>: <c>kmip:HOST:PORT/NAME</c>, the key server and the name of the key.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Says how key servers are reached, for every KEK that does not say so itself.</param>
    public static ColumnCryptBuilder AddKmip(this ColumnCryptBuilder builder, Action<KmipOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddKekProvider(new KmipProvider(configure));
    }

    /// <summary>Says how the key server of one KEK is reached: <c>UseKek(uri, o => o.Kmip(server => server.AuthorityFile = "/etc/clinic/kmip-ca.pem"))</c>.</summary>
    /// <param name="options">The options of the KEK.</param>
    /// <param name="configure">Changes the options.</param>
    public static KekOptions Kmip(this KekOptions options, Action<KmipOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(configure);
        options.Of<KmipSettings>().Configure += configure;
        return options;
    }
}
