using ColumnCrypt.Kek;
using ColumnCrypt.Kek.GoogleKms;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>KEKs in Google Cloud KMS.</summary>
public static class GoogleKmsBuilderExtensions
{
    /// <summary>Registers <c>gcp-kms:</c>: <c>gcp-kms:projects/P/locations/L/keyRings/R/cryptoKeys/K</c>.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Says how Cloud KMS is reached, for every KEK that does not say so itself.</param>
    public static ColumnCryptBuilder AddGoogleKms(this ColumnCryptBuilder builder, Action<GoogleKmsOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddKekProvider(new GoogleKmsProvider(configure));
    }

    /// <summary>Says how Cloud KMS is reached for one KEK: <c>UseKek(uri, o => o.GoogleKms(kms => kms.Credential = …))</c>.</summary>
    /// <param name="options">The options of the KEK.</param>
    /// <param name="configure">Changes the options.</param>
    public static KekOptions GoogleKms(this KekOptions options, Action<GoogleKmsOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(configure);
        options.Of<GoogleKmsSettings>().Configure += configure;
        return options;
    }
}
