using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;

namespace ColumnCrypt.Kek.DataProtection;

/// <summary>
/// A KEK in the key ring of ASP.NET Core Data Protection (docs/SPEC.md, SPEC-WRAP-13; docs/kek/data-protection.md). The digest of the wrap context is the last of the purposes, which
/// data protection derives its keys from. Each wrap names the key of the ring that made it as its version.
/// </summary>
/// <param name="uri">The URI.</param>
/// <param name="name">The name in it.</param>
/// <param name="ring">The ring; disposed with the KEK.</param>
internal sealed class DataProtectionKek(string uri, string name, ProtectedRing ring) : IKeyEncryptionKey, IDisposable
{
    private const string Purpose = "ColumnCrypt.Kek";
    private const int MagicSize = 4;
    private const int HeaderSize = MagicSize + 16;
    private const int MaximumWrapSize = 1_024;

    private static ReadOnlySpan<byte> Magic => [0x09, 0xF0, 0xC9, 0xF0];

    public string Id => uri;

    public KekCapabilities Capabilities => KekCapabilities.Versions;

    public int? SecurityStrength => ring.SecurityStrength;

    public async ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        KekArguments.DemandKey(key);
        return await RunAsync(() => Wrap(key.Span, context), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        ArgumentNullException.ThrowIfNull(context);
        KekArguments.DemandDestination(destination);
        byte[] key = await RunAsync(() => Unwrap(wrapped, context), cancellationToken).ConfigureAwait(false);
        try
        {
            return KekArguments.CopyKey(key, destination);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    public async ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        ArgumentNullException.ThrowIfNull(context);
        return await RunAsync(
            () =>
            {
                byte[] key = Unwrap(wrapped, context);
                try
                {
                    return Wrap(key, context);
                }
                finally
                {
                    CryptographicOperations.ZeroMemory(key);
                }
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <remarks>Reads the ring anew: a key that somebody put in, in plaintext, is found.</remarks>
    public async ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        byte[] key = new byte[KekArguments.MinimumKeySize];
        var context = new WrapContext(default, "", default, Metadata.KeyKind.Installation);
        await RunAsync(() => (ring.Read(), Wrap(key, context)), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<KeyValuePair<string, string>>> DescribeAsync(CancellationToken cancellationToken)
    {
        var keys = await RunAsync(ring.Read, cancellationToken).ConfigureAwait(false);
        return
        [
            new("keys in the ring", keys.Count.ToString(CultureInfo.InvariantCulture)),
            new("of them revoked", keys.Count(static key => key.IsRevoked).ToString(CultureInfo.InvariantCulture)),
            .. keys.Where(static key => !key.IsRevoked).OrderByDescending(static key => key.ActivationDate).Take(1).SelectMany(static newest => Tell(newest)),
        ];
    }

    public void Dispose() => ring.Dispose();

    private static IEnumerable<KeyValuePair<string, string>> Tell(IKey newest) =>
    [
        new("newest key", newest.KeyId.ToString()),
        new("active from", Time(newest.ActivationDate)),
        new("wraps until", Time(newest.ExpirationDate)),
    ];

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    // The ring is read, and may be written, by calls that block.
    private static async Task<T> RunAsync<T>(Func<T> call, CancellationToken cancellationToken) =>
        await Task.Run(call, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);

    private IDataProtector ProtectorOf(WrapContext context) => ring.Provider.CreateProtector(Purpose, name, Convert.ToHexStringLower(context.Digest()));

    private WrappedKey Wrap(ReadOnlySpan<byte> key, WrapContext context)
    {
        byte[] plaintext = GC.AllocateUninitializedArray<byte>(key.Length, pinned: true);
        try
        {
            key.CopyTo(plaintext);
            byte[] wrap = ProtectorOf(context).Protect(plaintext);
            return new WrappedKey(KeyIdIn(wrap)?.ToString() ?? throw new InvalidOperationException("Data protection writes another format than 09F0C9F0."), wrap);
        }
        catch (Exception error) when (error is not ColumnCryptException)
        {
            throw ring.Translate(error, null, context);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    private byte[] Unwrap(WrappedKey wrapped, WrapContext context)
    {
        // The version stands in a table that others may write to: the authentic one is in the wrap.
        if (wrapped.Bytes.Length > MaximumWrapSize || KeyIdIn(wrapped.Bytes.Span) is not { } keyId || keyId.ToString() != wrapped.KekVersion)
        {
            throw new KekException(KekFailure.WrongContextOrTampered, $"The wrap of the {context} is none that data protection makes, or names another key than its row. Restore its row from a backup.");
        }

        try
        {
            return ProtectorOf(context).Unprotect(wrapped.Bytes.ToArray());
        }
        catch (Exception error) when (error is not ColumnCryptException)
        {
            var failure = ring.Translate(error, keyId, context);
            if (!ring.TryForget() || failure.Failure != KekFailure.WrongContextOrTampered)
            {
                throw failure;
            }
        }

        // Its key can be decrypted, perhaps only now.
        try
        {
            return ProtectorOf(context).Unprotect(wrapped.Bytes.ToArray());
        }
        catch (Exception error) when (error is not ColumnCryptException)
        {
            throw ring.Translate(error, keyId, context);
        }
    }

    private static Guid? KeyIdIn(ReadOnlySpan<byte> wrap) => wrap.Length > HeaderSize && wrap[..MagicSize].SequenceEqual(Magic) ? new Guid(wrap[MagicSize..HeaderSize]) : null;
}
