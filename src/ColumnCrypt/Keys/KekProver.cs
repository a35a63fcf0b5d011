using ColumnCrypt.Crypto;
using ColumnCrypt.Format;
using ColumnCrypt.Kek;
using ColumnCrypt.Metadata;

namespace ColumnCrypt.Keys;

/// <summary>Proves that a KEK does what the contract says. Thread-safe.</summary>
internal sealed class KekProver(KekCalls calls, RingServices services)
{
    /// <summary>Proves a KEK live with a key that is thrown away: wraps, unwraps, and unwraps under contexts that must be refused: each field of the context is another one, once.</summary>
    /// <param name="kek">The KEK.</param>
    /// <param name="tenant">The tenant whose own it is; "" for none.</param>
    /// <param name="installationId">The id of the installation key.</param>
    /// <param name="cancellationToken">Cancels the calls.</param>
    /// <exception cref="KeyUnavailableException">It cannot be used.</exception>
    public async Task<KekProbe> ProbeAsync(IKeyEncryptionKey kek, string tenant, KeyId installationId, CancellationToken cancellationToken)
    {
        // First, because it says best what is wrong.
        await calls.CheckAsync(kek, cancellationToken).ConfigureAwait(false);
        using var secret = services.Memory.Rent(SecretMemory.SlotSize);
        SystemRandom.Fill(secret.GetSpan()[..Kdf.Size]);
        byte[] commitment = Kdf.Commitment(secret.GetSpan()[..Kdf.Size]);
        var id = new KeyId(commitment.AsSpan(0, KeyId.Size));
        var context = new WrapContext(installationId, tenant, id, KeyKind.Data);
        long start = services.Time.GetTimestamp();
        var wrapped = await calls.RunAsync("wrap", kek, context, token => kek.WrapAsync(secret.Memory[..Kdf.Size], context, token), cancellationToken).ConfigureAwait(false);
        var wrapping = services.Time.GetElapsedTime(start);
        start = services.Time.GetTimestamp();
        int size = await calls.RunAsync("unwrap", kek, context, token => kek.UnwrapAsync(wrapped, context, secret.Memory, token), cancellationToken).ConfigureAwait(false);
        var unwrapping = services.Time.GetElapsedTime(start);
        if (!Kdf.Commitment(secret.GetSpan()[..size]).AsSpan().SequenceEqual(commitment))
        {
            throw new KeyUnavailableException(KeyUnavailableReason.Tampered, $"The KEK {kek.Id} gives back another key than it has wrapped. Do not use it.");
        }

        bool refuses = true;
        foreach (var wrong in (WrapContext[])
            [
                context with { Tenant = tenant + "-another" },
                context with { KeyId = Other(id) },
                context with { Kind = KeyKind.Index },
                context with { InstallationId = Other(installationId) },
            ])
        {
            refuses = refuses && await RefusesAsync(kek, wrapped, wrong, cancellationToken).ConfigureAwait(false);
        }

        var details = await calls.RunAsync("describe", kek, null, kek.DescribeAsync, cancellationToken).ConfigureAwait(false);
        return new KekProbe(wrapped.KekVersion, wrapping, unwrapping, refuses, details);
    }

    private static KeyId Other(KeyId id)
    {
        Span<byte> bytes = stackalloc byte[KeyId.Size];
        id.CopyTo(bytes);
        bytes[0] ^= 1;
        return new KeyId(bytes);
    }

    private async Task<bool> RefusesAsync(IKeyEncryptionKey kek, WrappedKey wrapped, WrapContext wrong, CancellationToken cancellationToken)
    {
        using var nothing = services.Memory.Rent(SecretMemory.SlotSize);
        try
        {
            await calls.RunAsync("unwrap", kek, wrong, token => kek.UnwrapAsync(wrapped, wrong, nothing.Memory, token), cancellationToken).ConfigureAwait(false);
            return false;
        }
        catch (KeyUnavailableException error) when (error.Reason is KeyUnavailableReason.Tampered or KeyUnavailableReason.Denied)
        {
            return true;
        }
    }
}
