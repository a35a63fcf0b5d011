using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ColumnCrypt.Configuration;

/// <summary>
/// Asks every KEK that the configuration wraps and unwraps with whether it can be used now: one call each, without a key. Healthy where all can;
/// degraded where one that only unwraps cannot; else what the registration says, unhealthy by default. So it is, too, where a column that this node
/// reads or writes was to be adopted by now and is not (<c>AdoptFrom(…, until)</c>, <c>AdoptInPlace(until)</c>). Thread-safe.
/// </summary>
/// <param name="instance">The instance.</param>
/// <remarks>
/// <c>services.AddHealthChecks().AddCheck&lt;ColumnCryptHealthCheck&gt;("columncrypt")</c>. A node whose KEK does not answer serves on with cached
/// keys up to <see cref="Keys.KeyBounds.StaleLimit"/>: for readiness, not for liveness. Descriptions name KEKs, never keys or data.
/// </remarks>
public sealed class ColumnCryptHealthCheck(ColumnCryptInstance instance) : IHealthCheck
{
    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var failures = new Dictionary<string, KeyUnavailableException>(StringComparer.Ordinal);
        bool wraps = true;
        foreach (var (kekId, isWrapping) in instance.Keks)
        {
            try
            {
                await instance.CheckKekAsync(kekId, cancellationToken).ConfigureAwait(false);
            }
            catch (KeyUnavailableException error)
            {
                failures.Add(kekId, error);
                wraps &= !isWrapping;
            }
        }

        var overdue = instance.OverdueAdoptions;
        if (failures.Count == 0)
        {
            return overdue.Count == 0 ? HealthCheckResult.Healthy() : new HealthCheckResult(context.Registration.FailureStatus, string.Join(' ', overdue));
        }

        return new HealthCheckResult(
            wraps && overdue.Count == 0 ? HealthStatus.Degraded : context.Registration.FailureStatus,
            string.Join(' ', failures.Values.Select(static error => error.Message).Concat(overdue)),
            failures.Values.First(),
            failures.ToDictionary(static failure => failure.Key, static failure => (object)failure.Value.Reason.ToString(), StringComparer.Ordinal));
    }
}
