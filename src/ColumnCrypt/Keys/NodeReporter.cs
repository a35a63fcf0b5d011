using System.Text.Json;
using ColumnCrypt.Audit;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Metadata;
using Microsoft.Extensions.Logging;

namespace ColumnCrypt.Keys;

/// <summary>
/// Tells a key store, from the background work, that this process uses it and through which KEKs it has unwrapped; and audits what was
/// read under Compromised keys. Where the store refuses, nothing but the report is missing. One round at a time.
/// </summary>
internal sealed class NodeReporter(KekCaller keks, KeyBounds bounds, RingServices services)
{
    private readonly string _nodeId = Guid.CreateVersion7(services.Now).ToString("N");
    private readonly DateTimeOffset _startedAt = services.Now;
    private readonly Dictionary<StoreSession, (long At, string Keks)> _reported = [];

    public async Task ReportAsync(StoreSession session, Installation installation)
    {
        try
        {
            await ReportNodeAsync(session, installation).ConfigureAwait(false);
            await AuditUsesAsync(session, installation).ConfigureAwait(false);
        }
        catch (KeyUnavailableException error)
        {
            services.Logger.BackgroundFailed("Reporting this node to the key store", error);
        }
    }

    private async Task ReportNodeAsync(StoreSession session, Installation installation)
    {
        string through = JsonSerializer.Serialize(keks.UnwrappedThrough);
        if (_reported.TryGetValue(session, out var last) && last.Keks == through && services.Time.GetElapsedTime(last.At) < bounds.RevocationBound / 2)
        {
            return;
        }

        // Noted before it is written: a store that refuses is asked again in its time, not at every poll.
        _reported[session] = (services.Time.GetTimestamp(), through);
        await session.Store.Jobs.ReportNodeAsync(
            installation.Rows.Sign(new NodeRecord { NodeId = _nodeId, Name = $"{Environment.MachineName}:{Environment.ProcessId}", StartedAt = _startedAt, SeenAt = services.Now, Keks = through }),
            CancellationToken.None).ConfigureAwait(false);
    }

    private async Task AuditUsesAsync(StoreSession session, Installation installation)
    {
        while (session.CompromisedUses.TryPeek(out var use))
        {
            services.Logger.CompromisedKeyUsed(use.KeyId.ToString(), use.Tenant);
            var entry = services.Entries.Make(AuditActions.KeyUseCompromised, use.Tenant, use.KeyId);
            await session.Store.Audit.AddAsync(new AuditChain(installation.Audit).Sign(entry), CancellationToken.None).ConfigureAwait(false);
            session.CompromisedUses.Done();
        }
    }
}
