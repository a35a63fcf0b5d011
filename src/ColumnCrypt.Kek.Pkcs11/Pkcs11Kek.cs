using System.Security.Cryptography;
using ColumnCrypt.Kek.Pkcs11.Native;

namespace ColumnCrypt.Kek.Pkcs11;

/// <summary>
/// A key on a PKCS#11 token behind the contract (docs/SPEC.md, SPEC-WRAP-8; docs/kek/pkcs11.md). The KEK never leaves the token; a rewrap brings the data
/// key into this process for a moment.
/// </summary>
/// <param name="uri">The URI.</param>
/// <param name="key">What it names.</param>
/// <param name="mechanism">How to wrap.</param>
/// <param name="allowWeak">True to take extractable keys, and RSA keys from 2,048 bits on.</param>
/// <param name="find">Finds the token.</param>
/// <param name="login">Logs in to it.</param>
internal sealed class Pkcs11Kek(string uri, Pkcs11Uri key, Pkcs11Mechanism mechanism, bool allowWeak, Func<Token> find, TokenLogin login) : IKeyEncryptionKey, IDisposable
{
    private volatile Token? _token;
    private volatile KeyPair? _keys;

    public string Id => uri;

    public KekCapabilities Capabilities => KekCapabilities.Remote | (key.IsKeyPair ? KekCapabilities.PublicWrap : KekCapabilities.None);

    public int? SecurityStrength => (key.IsKeyPair, _keys?.Bits) switch
    {
        (_, null) => null,
        (false, { } bits) => bits,
        (true, >= 15_360) => 256,
        (true, >= 7_680) => 192,
        (true, >= 3_072) => 128,
        _ => 112,
    };

    /// <summary>The token, once it was found; for tests.</summary>
    internal Token? Token => _token;

    public async ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, WrapContext context, CancellationToken cancellationToken)
    {
        KekArguments.DemandKey(key);
        ArgumentNullException.ThrowIfNull(context);

        // A copy of the call's own: one that is given up goes on, and the caller's memory is the caller's.
        var secret = new TokenSecret(key.Span);
        return new WrappedKey("", await RunAsync(context, (module, session) => Wrap(module, session, secret.Span, context), secret, cancellationToken).ConfigureAwait(false));
    }

    public async ValueTask<int> UnwrapAsync(WrappedKey wrapped, WrapContext context, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        ArgumentNullException.ThrowIfNull(context);
        KekArguments.DemandDestination(destination);
        using var opened = await OpenAsync(wrapped, context, cancellationToken).ConfigureAwait(false);
        return KekArguments.CopyKey(opened.Span, destination);
    }

    public async ValueTask<WrappedKey> RewrapAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken)
    {
        byte[] secret = GC.AllocateArray<byte>(KekArguments.MaximumKeySize, pinned: true);
        try
        {
            int size = await UnwrapAsync(wrapped, context, secret, cancellationToken).ConfigureAwait(false);
            return await WrapAsync(secret.AsMemory(0, size), context, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    public async ValueTask CheckAsync(CancellationToken cancellationToken) => await RunAsync(null, Proves, null, cancellationToken).ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<KeyValuePair<string, string>>> DescribeAsync(CancellationToken cancellationToken)
    {
        await CheckAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            new("key", key.IsKeyPair ? $"RSA, {_keys!.Bits} bits" : $"AES, {_keys!.Bits} bits"),
            new("mechanism", Chosen(_token!).Name),
        ];
    }

    public void Dispose() => _token?.Close();

    private async Task<TokenSecret> OpenAsync(WrappedKey wrapped, WrapContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(context, (module, session) => new TokenSecret(secret => Open(module, session, wrapped.Bytes.Span, context, secret)), null, cancellationToken).ConfigureAwait(false);
        }
        catch (KekException error) when (error is { Failure: KekFailure.Unavailable, InnerException: CryptokiException { Value: var value } } && CryptokiErrors.MayBeTheWrap(value))
        {
            // Some tokens have one error for a changed wrap and for a broken device: a wrap that is good tells them apart.
            await CheckAsync(cancellationToken).ConfigureAwait(false);
            throw CryptokiErrors.Refused(context, error);
        }
    }

    private int Open(Cryptoki module, nuint session, ReadOnlySpan<byte> wrapped, WrapContext context, Span<byte> secret) =>
        TokenWrap.Open(module, session, _token!, Keys(module, session), wrapped, context, secret);

    private byte[] Wrap(Cryptoki module, nuint session, ReadOnlySpan<byte> secret, WrapContext context) =>
        Chosen(_token!).Seal(module, session, Keys(module, session), secret, context);

    // Wraps and unwraps bytes that are no key.
    private bool Proves(Cryptoki module, nuint session)
    {
        Span<byte> probe = stackalloc byte[KekArguments.MinimumKeySize];
        module.Random(session, probe);
        var context = new WrapContext(default, "", default, Metadata.KeyKind.Data);
        byte[] wrapped = Wrap(module, session, probe, context);
        byte[] opened = new byte[TokenWrap.MaximumOpenedSize];
        return Open(module, session, wrapped, context, opened) == probe.Length && probe.SequenceEqual(opened.AsSpan(0, probe.Length))
            ? true
            : throw new KekException(KekFailure.Unavailable, $"The token gives back other bytes than {uri} has wrapped. Do not use it.");
    }

    private TokenWrap Chosen(Token token)
    {
        if (key.IsKeyPair)
        {
            return Demand(token, TokenWrap.RsaOaep);
        }

        return mechanism switch
        {
            Pkcs11Mechanism.AesGcm => Demand(token, TokenWrap.Gcm),
            Pkcs11Mechanism.AesKeyWrap => Demand(token, TokenWrap.KeyWrap),
            _ => token.Has(MechanismType.AesGcm) ? TokenWrap.Gcm : Demand(token, TokenWrap.KeyWrap),
        };
    }

    private TokenWrap Demand(Token token, TokenWrap wrap) => token.Has(wrap.Type)
        ? wrap
        : throw new KekException(KekFailure.Denied, $"The token has no {wrap.Name}, which {uri} needs. {(key.IsKeyPair ? "Use another token." : "Use an RSA key pair, with type=private in the URI, or another token.")}");

    private KeyPair Keys(Cryptoki module, nuint session)
    {
        long epoch = _token!.Epoch;
        return _keys is { } keys && keys.Epoch == epoch ? keys : _keys = KeyFinder.Find(module, session, uri, key, allowWeak, epoch);
    }

    private async Task<T> RunAsync<T>(WrapContext? context, Func<Cryptoki, nuint, T> call, IDisposable? input, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            var token = await TokenAsync(input, cancellationToken).ConfigureAwait(false);
            return await token.RunAsync(login, call, input, cancellationToken).ConfigureAwait(false);
        }
        catch (CryptokiException error)
        {
            if (CryptokiErrors.IsStale(error.Value))
            {
                _keys = null;
            }

            throw CryptokiErrors.Translate(uri, context, error);
        }
    }

    private async ValueTask<Token> TokenAsync(IDisposable? input, CancellationToken cancellationToken)
    {
        try
        {
            return _token ??= await Task.Run(find, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            input?.Dispose();
            throw;
        }
    }
}
