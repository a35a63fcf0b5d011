using System.Globalization;
using System.Runtime.CompilerServices;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Store;

namespace ColumnCrypt.Audit;

/// <summary>Reads, checks and continues the audit of one store. Thread-safe.</summary>
internal sealed class AuditReader(IAuditStore store, AuditChain chain, KeyId installationId)
{
    private const int PageSize = 1_000;

    public async IAsyncEnumerable<AuditEntry> ListAsync(long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        await foreach (var entry in ReadAsync(after, cancellationToken).ConfigureAwait(false))
        {
            yield return new AuditEntry(entry.Sequence!.Value, entry.At, entry.Actor, entry.Action, entry.Tenant, entry.KeyId, entry.Detail);
        }
    }

    public async Task<AuditVerdict> VerifyAsync(AuditCheckpoint? checkpoint, CancellationToken cancellationToken)
    {
        if (checkpoint is not null && checkpoint.InstallationId != installationId.ToString())
        {
            throw new KeyStateException($"The checkpoint is of the installation {checkpoint.InstallationId}; this key store is {installationId}.");
        }

        long expected = 1;
        byte[] hash = AuditChain.Origin;
        await foreach (var entry in ReadAsync(0, cancellationToken).ConfigureAwait(false))
        {
            string? finding = entry.Sequence != expected
                ? $"Entry {expected} is missing: entry {entry.Sequence} follows entry {expected - 1}."
                : !entry.PreviousHash.AsSpan().SequenceEqual(hash)
                    ? $"Entry {expected} does not follow the entry before it: one of them was replaced."
                    : !chain.IsAuthentic(entry) ? $"Entry {expected} is not as it was written." : null;
            if (finding is not null)
            {
                return await VerdictAsync(expected - 1, expected, finding, cancellationToken).ConfigureAwait(false);
            }

            hash = AuditChain.HashOf(entry);
            if (checkpoint?.Sequence == expected && !string.Equals(checkpoint.Hash, Convert.ToHexStringLower(hash), StringComparison.OrdinalIgnoreCase))
            {
                return await VerdictAsync(expected, expected, $"Entry {expected} is another one than at the checkpoint: the chain was rewritten up to it.", cancellationToken).ConfigureAwait(false);
            }

            expected++;
        }

        return checkpoint?.Sequence >= expected
            ? await VerdictAsync(expected - 1, expected, $"The chain ends at entry {expected - 1}, and the checkpoint has seen entry {checkpoint.Sequence}: its end was removed, or the store was rolled back.", cancellationToken).ConfigureAwait(false)
            : await VerdictAsync(expected - 1, null, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Chains the authentic entries of application nodes and returns the end of the chain. What somebody else wrote among them stays where it
    /// is, for <see cref="VerifyAsync"/> to report.
    /// </summary>
    public async Task<AuditCheckpoint> CheckpointAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        AuditHead end = new(0, null);
        string after = "";
        bool more = true;
        while (more)
        {
            string last = after;
            var written = await store.ChainAsync(
                after,
                (head, waiting) =>
                {
                    end = head;
                    (more, last) = (waiting.Count > 0, waiting is [.., var seen] ? seen.AuditId : after);
                    return chain.Link(head, waiting.Where(chain.IsAuthentic));
                },
                cancellationToken).ConfigureAwait(false);
            end = written is [.., var linked] ? new AuditHead(linked.Sequence!.Value, linked) : end;
            after = last;
        }

        return new AuditCheckpoint(
            installationId.ToString(),
            end.Sequence,
            Convert.ToHexStringLower(end.Last is null ? AuditChain.Origin : AuditChain.HashOf(end.Last)),
            now);
    }

    private async Task<AuditVerdict> VerdictAsync(long entries, long? firstBad, string? finding, CancellationToken cancellationToken)
    {
        long unchained = 0;
        string after = "";
        IReadOnlyList<AuditRecord> page;
        do
        {
            page = await store.ReadUnchainedAsync(after, PageSize, cancellationToken).ConfigureAwait(false);
            unchained += page.Count;
            finding ??= page.FirstOrDefault(entry => !chain.IsAuthentic(entry)) is { } bad
                ? string.Create(CultureInfo.InvariantCulture, $"The entry {bad.AuditId}, which waits to be chained, was not written by ColumnCrypt.")
                : null;
            after = page is [.., var last] ? last.AuditId : after;
        }
        while (page.Count == PageSize);
        return new AuditVerdict(finding is null, entries, unchained, firstBad, finding);
    }

    private async IAsyncEnumerable<AuditRecord> ReadAsync(long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyList<AuditRecord> page;
        do
        {
            page = await store.ReadAsync(after, PageSize, cancellationToken).ConfigureAwait(false);
            foreach (var entry in page)
            {
                yield return entry;
            }

            after = page is [.., var last] ? last.Sequence!.Value : after;
        }
        while (page.Count == PageSize);
    }
}
