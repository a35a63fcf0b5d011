using ColumnCrypt.Kek;
using ColumnCrypt.Kek.AwsKms;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>KEKs in AWS KMS.</summary>
public static class AwsKmsBuilderExtensions
{
    /// <summary>Registers <c>aws-kms:</c>: <c>aws-kms:alias/NAME</c>, <c>aws-kms:KEY-ID</c>, or <c>aws-kms:</c> and the ARN of a key or alias.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Says how AWS KMS is reached, for every KEK that does not say so itself.</param>
    public static ColumnCryptBuilder AddAwsKms(this ColumnCryptBuilder builder, Action<AwsKmsOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new AwsKmsOptions();
        configure?.Invoke(options);
        return builder.AddKekProvider(new AwsKmsProvider(options));
    }

    /// <summary>Says how AWS KMS is reached for one KEK: <c>UseKek(uri, o => o.AwsKms(aws => aws.Region = "eu-central-1"))</c>.</summary>
    /// <param name="options">The options of the KEK.</param>
    /// <param name="configure">Changes what <see cref="AddAwsKms"/> was given.</param>
    public static KekOptions AwsKms(this KekOptions options, Action<AwsKmsOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(configure);
        configure(options.Of<AwsKmsOptions>());
        return options;
    }
}
