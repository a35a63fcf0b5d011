using System.Collections.Concurrent;
using System.Diagnostics;
using ColumnCrypt.Kek;

namespace ColumnCrypt.Keys;

/// <summary>
/// Makes the calls of every KEK: each KEK with slots and a guard of its own, so that one which hangs holds up no other, and each call with a
/// timeout and metrics. Thread-safe.
/// </summary>
internal sealed class KekCalls(KekRegistry keks, KeyBounds bounds, RingServices services)
{
    private readonly ConcurrentDictionary<IKeyEncryptionKey, KekGuard> _guards = new(ReferenceEqualityComparer.Instance);

    /// <summary>Returns where the KEK can be used now.</summary>
    /// <exception cref="KeyUnavailableException">It cannot.</exception>
    public Task CheckAsync(IKeyEncryptionKey kek, CancellationToken cancellationToken) => RunAsync(
        "check",
        kek,
        null,
        async token =>
        {
            await kek.CheckAsync(token).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    /// <summary>Makes one call.</summary>
    /// <param name="operation">Its name in metrics.</param>
    /// <param name="kek">The KEK.</param>
    /// <param name="context">What the key of the call is bound to; null where it is about no key.</param>
    /// <param name="call">The call; made again where it was unavailable and the KEK is remote.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="KeyUnavailableException">It failed, or took longer than <see cref="KeyBounds.KekTimeout"/>.</exception>
    public async Task<T> RunAsync<T>(
        string operation, IKeyEncryptionKey kek, WrapContext? context, Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        var guard = _guards.GetOrAdd(kek, GuardOf);
        long start = services.Time.GetTimestamp();
        string outcome = "ok";
        using var activity = services.Metrics.Activities.StartActivity("columncrypt.kek." + operation);
        try
        {
            using var slot = await guard.EnterAsync(cancellationToken).ConfigureAwait(false);
            start = services.Time.GetTimestamp();
            using var timeout = new CancellationTokenSource(slot.Left, services.Time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            return await guard.RunAsync(call, both.Token).ConfigureAwait(false);
        }
        catch (KekException error)
        {
            outcome = error.Failure.ToString();
            throw Translate(error, kek, context);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            outcome = nameof(KekFailure.Unavailable);
            throw new KeyUnavailableException(
                KeyUnavailableReason.Unavailable,
                $"The KEK {kek.Id} did not answer within {bounds.KekTimeout.TotalSeconds:0.###} s.",
                error);
        }
        catch (OperationCanceledException)
        {
            outcome = "cancelled";
            throw;
        }
        catch (KeyUnavailableException error)
        {
            outcome = error.Reason.ToString();
            throw;
        }
        catch (Exception error) when (error is not (ColumnCryptException or ObjectDisposedException))
        {
            // A backend has KekException alone to say what is wrong; of anything else nobody knows what it means, so that nothing is concluded from it.
            outcome = nameof(KekFailure.Unavailable);
            throw new KeyUnavailableException(KeyUnavailableReason.Unavailable, $"The KEK {kek.Id} failed with {error.GetType().Name}, which is no answer of a KEK.", error);
        }
        finally
        {
            activity?.SetStatus(outcome == "ok" ? ActivityStatusCode.Ok : ActivityStatusCode.Error);
            services.Metrics.KekCall(operation, outcome, services.Time.GetElapsedTime(start));
        }
    }

    /// <summary>True for a KEK that has not answered lately, whose calls fail at once until a pause is over.</summary>
    public bool IsCutOff(IKeyEncryptionKey kek) => _guards.TryGetValue(kek, out var guard) && guard.IsCutOff;

    private KekGuard GuardOf(IKeyEncryptionKey kek) => new(kek, keks.ResilienceOf(kek), bounds, services);

    /// <summary>What a failed call means to those who need the key.</summary>
    public static KeyUnavailableException Translate(KekException error, IKeyEncryptionKey kek, WrapContext? context) => error.Failure switch
    {
        KekFailure.Unavailable => new(KeyUnavailableReason.Unavailable, $"The KEK {kek.Id} is unavailable: {error.Message}", error),
        KekFailure.Denied => new(KeyUnavailableReason.Denied, $"The KEK {kek.Id} denied access{(context is null ? "" : $" to the {context}")}: {error.Message}", error),
        KekFailure.Disabled => new(KeyUnavailableReason.Disabled, $"The KEK {kek.Id} is disabled: {error.Message}", error),
        KekFailure.Destroyed => new(KeyUnavailableReason.Destroyed, $"The KEK {kek.Id} is destroyed: {error.Message}", error),
        _ when context is null => new(KeyUnavailableReason.Tampered, $"The KEK {kek.Id} cannot be used: {error.Message}", error),
        _ => new(KeyUnavailableReason.Tampered, $"The wrap of the {context} of tenant '{context.Tenant}' by {kek.Id} was changed, or belongs to another key or tenant.", error),
    };
}
