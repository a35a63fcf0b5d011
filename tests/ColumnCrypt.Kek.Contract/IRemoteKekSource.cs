namespace ColumnCrypt.Kek.Contract;

/// <summary>Opens the KEKs of a backend outside this process, and puts them into every state that it knows.</summary>
public interface IRemoteKekSource : IKekSource
{
    /// <summary>How many wraps the contract makes in a row. COLUMNCRYPT_LONG=1: 10,000.</summary>
    int ManyWraps => Environment.GetEnvironmentVariable("COLUMNCRYPT_LONG") == "1" ? 10_000 : 1_000;

    /// <summary>A KEK that is disabled, and a wrap that it made before; null where the backend knows no such state.</summary>
    ValueTask<(IKeyEncryptionKey Kek, WrappedKey Wrapped)?> OpenDisabledAsync(WrapContext context);

    /// <summary>A KEK that is destroyed, and a wrap that it made before.</summary>
    ValueTask<(IKeyEncryptionKey Kek, WrappedKey Wrapped)> OpenDestroyedAsync(WrapContext context);

    /// <summary>The KEK of <see cref="IKekSource.OpenAsync"/> as somebody sees it who has no right to it.</summary>
    ValueTask<IKeyEncryptionKey> OpenDeniedAsync();

    /// <summary>A KEK whose backend asks to come back later; null where it never does.</summary>
    ValueTask<IKeyEncryptionKey?> OpenThrottledAsync();

    /// <summary>A KEK whose backend is not there.</summary>
    ValueTask<IKeyEncryptionKey> OpenUnreachableAsync();
}
