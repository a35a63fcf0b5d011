using Azure.Core;
using Azure.Core.Pipeline;

namespace ColumnCrypt.Kek.AzureKeyVault.Rest;

/// <summary>The pipeline of requests without retries, which are the caller's, and without content in logs.</summary>
internal sealed class VaultPipelineOptions : ClientOptions
{
    public VaultPipelineOptions(HttpPipelineTransport transport)
    {
        Transport = transport;
        RetryPolicy = new RetryPolicy(maxRetries: 0);
        Diagnostics.IsLoggingContentEnabled = false;
        Diagnostics.IsTelemetryEnabled = false;
    }
}
