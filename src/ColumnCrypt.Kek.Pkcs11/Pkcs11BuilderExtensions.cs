using ColumnCrypt.Kek;
using ColumnCrypt.Kek.Pkcs11;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>KEKs in an HSM or TPM, through PKCS#11.</summary>
public static class Pkcs11BuilderExtensions
{
    /// <summary>Registers <c>pkcs11:</c>, as RFC 7512 writes it: <c>pkcs11:token=clinic;object=kek;type=secret-key?module-path=/usr/lib/softhsm/libsofthsm2.so</c>.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Says how tokens are reached, for every KEK that does not say so itself.</param>
    public static ColumnCryptBuilder AddPkcs11(this ColumnCryptBuilder builder, Action<Pkcs11Options>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddKekProvider(new Pkcs11Provider(configure));
    }

    /// <summary>Says how the token of one KEK is reached: <c>UseKek(uri, o => o.Pkcs11(token => token.PinFile = "/etc/clinic/pin"))</c>.</summary>
    /// <param name="options">The options of the KEK.</param>
    /// <param name="configure">Changes the options.</param>
    public static KekOptions Pkcs11(this KekOptions options, Action<Pkcs11Options> configure)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(configure);
        options.Of<Pkcs11Settings>().Configure += configure;
        return options;
    }
}
