using System.Net;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;

namespace ColumnCrypt.Kek.AwsKms;

/// <summary>What an error of AWS KMS means to the contract. Messages of the service are not passed on where they could hold a context.</summary>
internal static class AwsErrors
{
    private static readonly HashSet<string> s_transient = new(StringComparer.Ordinal)
    {
        "ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "LimitExceededException", "RequestTimeout", "RequestTimeoutException",
        "ServiceUnavailable", "ServiceUnavailableException", "InternalFailure", "KMSInternalException", "DependencyTimeoutException", "KeyUnavailableException", "CloudHsmClusterNotActiveException",
    };

    /// <summary>Makes a call and translates how it fails.</summary>
    /// <exception cref="KekException">The call failed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<T> CallAsync<T>(string uri, WrapContext? context, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (AmazonServiceException error)
        {
            throw Translate(uri, context, error);
        }
        catch (AmazonClientException error)
        {
            throw new KekException(KekFailure.Denied, $"There are no credentials for {uri}: {error.Message}", error);
        }
        catch (HttpRequestException error)
        {
            throw Unreachable(uri, error);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unreachable(uri, error);
        }
        catch (IOException error)
        {
            throw Unreachable(uri, error);
        }
    }

    private static KekException Unreachable(string uri, Exception error) => new(KekFailure.Unavailable, $"AWS KMS cannot be reached for {uri}: {error.GetType().Name}.", error);

    private static KekException Translate(string uri, WrapContext? context, AmazonServiceException error) => error switch
    {
        InvalidCiphertextException or IncorrectKeyException => new(
            KekFailure.WrongContextOrTampered,
            error is IncorrectKeyException
                ? $"The wrap of the {context} was made by another key than {uri}. Where an alias was moved, name the ARN of the former key in FormerKeys."
                : $"The wrap of the {context} was changed, or belongs to another tenant, key or installation.",
            error),
        DisabledException => new(KekFailure.Disabled, $"The key of {uri} is disabled. Enable it: EnableKey.", error),
        KMSInvalidStateException => new(KekFailure.Disabled, $"The key of {uri} cannot be used in its state; it may be about to be deleted: look at columncrypt keks check.", error),
        NotFoundException => new(KekFailure.Destroyed, $"There is no key {uri} in this account and region.", error),
        InvalidKeyUsageException => new(KekFailure.Denied, $"The key of {uri} is not for ENCRYPT_DECRYPT. Name one that is.", error),
        _ when IsTransient(error) => new(KekFailure.Unavailable, $"AWS KMS asks to come back later ({error.ErrorCode}).", error),
        _ => new(KekFailure.Denied, $"AWS KMS refuses the call ({error.ErrorCode}): check the credentials, the policies of the key and of the identity, and the region.", error),
    };

    private static bool IsTransient(AmazonServiceException error) =>
        s_transient.Contains(error.ErrorCode ?? "") || (int)error.StatusCode >= 500 || error.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout
        || (error.StatusCode == 0 && error.InnerException is HttpRequestException or IOException or OperationCanceledException);
}
