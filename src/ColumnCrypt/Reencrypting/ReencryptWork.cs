using System.Security.Cryptography;
using ColumnCrypt.Format;
using ColumnCrypt.Keys;
using ColumnCrypt.Metadata;
using ColumnCrypt.Operators;
using ColumnCrypt.Search;
using ColumnCrypt.Stepping;

namespace ColumnCrypt.Reencrypting;

/// <summary>
/// Moves the values of rows that are under stale keys to the Active keys of their tenants. Needs no codec: the encoding of a value is the same under
/// both keys. Each new value is decrypted and compared before it is written.
/// </summary>
/// <param name="purposes">The purposes of the columns, in their order.</param>
/// <param name="stale">The keys whose rows are moved.</param>
/// <param name="rings">The key rings.</param>
/// <param name="store">The key store.</param>
/// <param name="checksAll">Whether values under other keys are decrypted too, and nothing is changed.</param>
internal sealed class ReencryptWork(IReadOnlyList<string> purposes, StaleKeys stale, KeyRings rings, OperatorStore store, bool checksAll = false) : IRowWork
{
    public async Task<RowOutcome[]> DecideAsync(IReadOnlyList<StepRow> page, CancellationToken cancellationToken)
    {
        var outcomes = new RowOutcome[page.Count];
        var due = new Dictionary<string, List<StaleValue>>(StringComparer.Ordinal);
        for (int i = 0; i < page.Count; i++)
        {
            for (int column = 0; column < purposes.Count; column++)
            {
                await FindAsync(page[i].Values[column], i, column, due, outcomes, cancellationToken).ConfigureAwait(false);
            }
        }

        foreach (var (tenant, values) in due)
        {
            await MoveAsync(tenant, values, page, outcomes, cancellationToken).ConfigureAwait(false);
        }

        return outcomes;
    }

    private async Task FindAsync(object? value, int row, int column, Dictionary<string, List<StaleValue>> due, RowOutcome[] outcomes, CancellationToken cancellationToken)
    {
        try
        {
            // Plaintext is an adoption's to move.
            if (Frame(value) is { Length: > 0 } frame)
            {
                var id = ValueFrame.ReadKeyId(frame, purposes[column]);
                string? tenant = stale.Find(id)?.Tenant ?? (checksAll ? await store.Store.FindTenantAsync(id, cancellationToken).ConfigureAwait(false) : null);
                if (tenant is { Length: > 0 })
                {
                    (due.TryGetValue(tenant, out var values) ? values : due[tenant] = []).Add(new StaleValue(row, column, frame));
                }
            }
        }
        catch (CiphertextInvalidException error)
        {
            outcomes[row] = RowOutcome.Fail(error.Message);
        }
    }

    private async Task MoveAsync(string tenant, List<StaleValue> values, IReadOnlyList<StepRow> page, RowOutcome[] outcomes, CancellationToken cancellationToken)
    {
        try
        {
            long uses = checksAll ? 0 : values.Sum(static value => UseBudget.UsesOf(value.Frame.Length - ValueFrame.Overhead));
            using var lease = await rings.AcquireAsync(store.Session, tenant, uses, IndexVersions.None, cancellationToken).ConfigureAwait(false);
            foreach (var value in values.Where(value => outcomes[value.Row].Failure is null))
            {
                Move(lease, value, page, outcomes);
            }
        }
        catch (ColumnCryptException error) when (!error.IsTransient)
        {
            foreach (var value in values)
            {
                outcomes[value.Row] = RowOutcome.Fail(error.Message);
            }
        }
    }

    private void Move(KeyRingLease lease, StaleValue value, IReadOnlyList<StepRow> page, RowOutcome[] outcomes)
    {
        string purpose = purposes[value.Column];
        byte[]? plaintext = null;
        byte[]? again = null;
        try
        {
            plaintext = lease.Decrypt(purpose, value.Frame, BytesCodec.Instance);
            if (checksAll)
            {
                return;
            }

            byte[] moved = lease.Encrypt(purpose, plaintext, BytesCodec.Instance);
            again = lease.Decrypt(purpose, moved, BytesCodec.Instance);
            if (!again.AsSpan().SequenceEqual(plaintext))
            {
                throw new ColumnCryptException($"What was just encrypted for {purpose} decrypts to another value. Nothing is written.");
            }

            object?[] change = outcomes[value.Row].Change ?? [.. page[value.Row].Values];
            change[value.Column] = page[value.Row].Values[value.Column] is string ? TextForm.Encode(moved) : moved;
            outcomes[value.Row] = RowOutcome.Set(change);
        }
        catch (ColumnCryptException error) when (!error.IsTransient)
        {
            outcomes[value.Row] = RowOutcome.Fail(error.Message);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
            CryptographicOperations.ZeroMemory(again);
        }
    }

    /// <summary>The bytes of a value; null where there is none, or where it is plaintext in a column of text.</summary>
    private static byte[]? Frame(object? value) => value switch
    {
        byte[] bytes => bytes,
        string text when text.StartsWith(TextForm.Prefix, StringComparison.Ordinal) => TextForm.Decode(text),
        _ => null,
    };

    private sealed record StaleValue(int Row, int Column, byte[] Frame);
}
