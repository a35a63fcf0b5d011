using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;

namespace ColumnCrypt.Kek.Dpapi;

/// <summary>
/// A KEK of the Data Protection API of Windows behind the contract (docs/kek/dpapi.md): CryptProtectData with SHA-256 of the wrap context, and the name, as the entropy, which the keys of each wrap are
/// derived from.
/// </summary>
/// <param name="uri">The URI.</param>
/// <param name="name">The name in it.</param>
/// <param name="ofMachine">Whether the keys of the machine protect; else those of the user.</param>
[SupportedOSPlatform("windows")]
internal sealed class DpapiKek(string uri, string name, bool ofMachine) : IKeyEncryptionKey
{
    private const byte Layout = 0x01;
    private const int MaximumWrapSize = 4_096;
    private const int InvalidData = unchecked((int)0x8007000D);
    private const int BadKeyState = unchecked((int)0x8009000B);

    private readonly DataProtectionScope _scope = ofMachine ? DataProtectionScope.LocalMachine : DataProtectionScope.CurrentUser;

    public string Id => uri;

    public KekCapabilities Capabilities => KekCapabilities.None;

    public int? SecurityStrength => 256;

    public ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentNullException.ThrowIfNull(context);
        KekArguments.DemandKey(key);
        return ValueTask.FromResult(Wrap(key.Span, context));
    }

    public ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        KekArguments.DemandDestination(destination);
        byte[] key = Unwrap(wrapped, context);
        try
        {
            return ValueTask.FromResult(KekArguments.CopyKey(key, destination));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    public ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        byte[] key = Unwrap(wrapped, context);
        try
        {
            return ValueTask.FromResult(Wrap(key, context));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    public ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var context = new WrapContext(default, "", default, Metadata.KeyKind.Installation);
        CryptographicOperations.ZeroMemory(Unwrap(Wrap(new byte[KekArguments.MinimumKeySize], context), context));
        return ValueTask.CompletedTask;
    }

    private WrappedKey Wrap(ReadOnlySpan<byte> key, WrapContext context)
    {
        byte[] plaintext = GC.AllocateUninitializedArray<byte>(key.Length, pinned: true);
        try
        {
            key.CopyTo(plaintext);
            return new WrappedKey("", (byte[])[Layout, .. ProtectedData.Protect(plaintext, EntropyOf(context), _scope)]);
        }
        catch (CryptographicException error)
        {
            throw Unavailable(error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    private byte[] Unwrap(WrappedKey wrapped, WrapContext context)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        ArgumentNullException.ThrowIfNull(context);
        if (wrapped.Bytes.Length is < 2 or > MaximumWrapSize || wrapped.Bytes.Span[0] != Layout || wrapped.KekVersion.Length != 0)
        {
            throw Refused(context, null);
        }

        try
        {
            return ProtectedData.Unprotect(wrapped.Bytes[1..].ToArray(), EntropyOf(context), _scope);
        }
        catch (CryptographicException error)
        {
            throw error.HResult switch
            {
                InvalidData => Refused(context, error),
                BadKeyState => new KekException(KekFailure.Denied, $"The {context} was wrapped for another user or machine than this one, or the profile with the keys of {uri} is not loaded.", error),
                _ => Unavailable(error),
            };
        }
    }

    private byte[] EntropyOf(WrapContext context) => [.. context.Digest(), .. Encoding.UTF8.GetBytes(name)];

    private KekException Unavailable(CryptographicException error) => new(KekFailure.Unavailable, $"Windows does not protect or unprotect for {uri}: error 0x{error.HResult:x8}.", error);

    private static KekException Refused(WrapContext context, Exception? error) =>
        new(KekFailure.WrongContextOrTampered, $"The wrap of the {context} was changed, or belongs to another tenant, key or installation. Compare the key tables with a backup.", error);
}
