using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using ColumnCrypt.Crypto;
using ColumnCrypt.Diagnostics;
using ColumnCrypt.Format;
using ColumnCrypt.Metadata;
using ColumnCrypt.Search;

namespace ColumnCrypt.Keys;

/// <summary>
/// All data and index keys of one tenant, unwrapped: encrypts under the Active one, and decrypts and indexes under every one whose state allows it
/// (docs/SPEC.md, sections 4 and 9). Thread-safe. Used through a <see cref="KeyRingLease"/>.
/// </summary>
internal sealed class KeyRing
{
    private const int StackLimit = 512;

    private readonly Lock _gate = new();
    private readonly SynchronousKeys _synchronous;
    private readonly RingServices _services;
    private volatile RingState _state = RingState.Empty;
    private volatile ColumnCryptException? _fault;
    private int _references = 1;

    public KeyRing(string tenant, StoreSession session, SynchronousKeys synchronous, RingServices services)
    {
        Tenant = tenant;
        Session = session;
        _synchronous = synchronous;
        _services = services;
    }

    public string Tenant { get; }

    public StoreSession Session { get; }

    public RingState State => _state;

    /// <summary>True where no index key that is about to be used has to be made or looked up.</summary>
    public bool HoldsAll(IndexVersions indexes)
    {
        var state = _state;
        return state.HasIndexes(indexes.Written) && state.HasIndexes(indexes.Queried);
    }

    /// <summary>Computes index values for a lease.</summary>
    public RingIndexer IndexerFor(IndexVersions prepared) => new(this, prepared, _services.Normalisers);

    public RingClock Clock { get; } = new();

    /// <summary>Held while the ring is read again, so that no older reading overtakes a newer one.</summary>
    public SemaphoreSlim Refreshing { get; } = new(1);

    /// <summary>Encrypts one value with uses of <paramref name="grant"/>, or else with others. Allocates the result alone.</summary>
    public byte[] Encrypt<T>(UseGrant? grant, string purpose, T value, ValueCodec<T> codec)
    {
        ArgumentNullException.ThrowIfNull(codec);
        int detour = codec.DetourSizeOf(value);
        if (detour > 0)
        {
            return EncryptByDetour(grant, purpose, value, codec, detour);
        }

        byte[] frame = codec.Encode(value, ValueFrame.HeaderSize, ValueFrame.TagSize);
        Seal(grant, purpose, Text(frame), frame);
        return frame;
    }

    /// <summary>As <see cref="Encrypt"/>, into memory of the caller's, which holds nothing of the plaintext afterwards. Allocates nothing.</summary>
    public bool TryEncrypt<T>(UseGrant? grant, string purpose, T value, ValueCodec<T> codec, Span<byte> destination, out int written)
    {
        ArgumentNullException.ThrowIfNull(codec);
        written = 0;
        if (destination.Length < ValueFrame.Overhead)
        {
            return false;
        }

        var room = destination[ValueFrame.HeaderSize..^ValueFrame.TagSize];
        bool encoded = false;
        int size;
        try
        {
            encoded = codec.TryEncode(value, room, out size);
        }
        finally
        {
            if (!encoded)
            {
                CryptographicOperations.ZeroMemory(room);
            }
        }

        if (encoded)
        {
            var frame = destination[..(size + ValueFrame.Overhead)];
            Seal(grant, purpose, Text(frame), frame);
            written = size + ValueFrame.Overhead;
        }

        return encoded;
    }

    /// <summary>Decrypts one value.</summary>
    [SkipLocalsInit] // what is on the stack is overwritten before it is read, and cleared afterwards
    public T Decrypt<T>(string purpose, ReadOnlySpan<byte> value, ValueCodec<T> codec)
    {
        ArgumentNullException.ThrowIfNull(codec);
        var id = ValueFrame.ReadKeyId(value, purpose);
        var key = FindDecryptionKey(id, purpose);
        int size = value.Length - ValueFrame.Overhead;
        byte[]? rented = null;
        Span<byte> plaintext = size <= StackLimit ? stackalloc byte[StackLimit] : (rented = ArrayPool<byte>.Shared.Rent(size));
        plaintext = plaintext[..size];
        try
        {
            if (!key.PoolFor(purpose).TryDecrypt(
                value.Slice(ValueFrame.NonceOffset, ValueFrame.NonceSize),
                value.Slice(ValueFrame.HeaderSize, size),
                value[(ValueFrame.HeaderSize + size)..],
                plaintext))
            {
                _services.Metrics.Refused();
                throw new CiphertextInvalidException(
                    $"The value of {purpose} under key {id} of tenant '{Tenant}' is not authentic: it was changed, or written for another column.");
            }

            var decoded = codec.Decode(plaintext);
            _services.Metrics.Decrypted();
            return decoded;
        }
        catch (ObjectDisposedException error) when (IsWithdrawn(key))
        {
            throw Withdrawn(key, error);
        }
        catch (FormatException error)
        {
            _services.Metrics.Refused();
            throw new CiphertextInvalidException(
                $"The value of {purpose} is authentic, but is no {typeof(T).Name} in the encoding '{codec.Name}'. Was the type of the property changed?", error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    /// <summary>Writes the index value of what is indexed: the leftmost bits of its HMAC-SHA-256. Allocates nothing.</summary>
    /// <param name="definition">The index.</param>
    /// <param name="message">What is indexed.</param>
    /// <param name="use">What for.</param>
    /// <param name="isPrepared">True where a key that the ring does not hold is known to be nowhere.</param>
    /// <param name="value">Where it goes: <see cref="IndexDefinition.Size"/> bytes.</param>
    public void Index(IndexDefinition definition, ReadOnlySpan<byte> message, IndexUse use, bool isPrepared, Span<byte> value)
    {
        var key = FindIndexKey(definition.Version, use, isPrepared);
        try
        {
            if (key is null)
            {
                MacPool.Random(definition.Bits, value);
            }
            else
            {
                key.PoolFor(definition).Compute(message, definition.Bits, value);
            }
        }
        catch (ObjectDisposedException error) when (IsWithdrawn(key))
        {
            throw Withdrawn(key!, error);
        }
    }

    /// <summary>The tenant that owns a key which the ring does not hold; null where nobody does. Blocks the thread, counted and logged.</summary>
    public string? OwnerOf(KeyId id) => _synchronous.OwnerOf(this, id);

    /// <summary>Takes uses of the Active key out of its budget; null where it has too few left, or must be rotated first.</summary>
    public UseGrant? TryGrant(long uses)
    {
        // Read before the check, so that a roll-back in between voids the grant.
        int rollbacks = Session.Rollbacks;
        return !Session.MustRotate(Tenant) && _state.Active?.Data is { } key && key.Budget.TryTake(uses)
            ? new UseGrant(key, uses, rollbacks)
            : null;
    }

    public bool IsFaulted => _fault is not null;

    /// <summary>True while somebody besides the cache holds the ring.</summary>
    public bool IsLeased => Volatile.Read(ref _references) > 1;

    public bool TryAddReference()
    {
        int references = Volatile.Read(ref _references);
        while (references > 0)
        {
            int seen = Interlocked.CompareExchange(ref _references, references + 1, references);
            if (seen == references)
            {
                return true;
            }

            references = seen;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            lock (_gate)
            {
                Close(_state.Keys.Values);
            }
        }
    }

    /// <summary>Puts a newly loaded state in the place of the old one, and closes the keys that it no longer holds.</summary>
    public void Apply(RingState state)
    {
        lock (_gate)
        {
            var old = _state;
            _state = state;
            if (Volatile.Read(ref _references) <= 0)
            {
                Close(state.Keys.Values);
                return;
            }

            Close(old.Keys.Values.Where(key => state.Keys.GetValueOrDefault(key.Record.KeyId)?.Key != key.Key));
        }
    }

    /// <summary>From now on every operation of every lease fails with this.</summary>
    public void Fail(ColumnCryptException fault) => _fault = fault;

    public void ThrowIfUnusable()
    {
        if (_fault is { } fault)
        {
            throw Again(fault);
        }

        if (Session.IsBlocked)
        {
            throw StoreSession.CutOff();
        }

        if (_state.Tenant is { State: TenantState.Shredded })
        {
            throw Shredded(Tenant);
        }
    }

    public static TenantShreddedException Shredded(string tenant) => new(
        $"The keys of tenant '{tenant}' are destroyed. Its values cannot be read, and its id cannot be used again.");

    private static Span<byte> Text(Span<byte> frame) => frame[ValueFrame.HeaderSize..^ValueFrame.TagSize];

    // By way of a rented buffer, from which it is encrypted into the result.
    private byte[] EncryptByDetour<T>(UseGrant? grant, string purpose, T value, ValueCodec<T> codec, int detour)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(detour);
        int written = rented.Length;
        try
        {
            if (!codec.TryEncode(value, rented, out int size))
            {
                throw new UnreachableException();
            }

            written = size;
            byte[] frame = GC.AllocateUninitializedArray<byte>(size + ValueFrame.Overhead);
            Seal(grant, purpose, rented.AsSpan(0, size), frame);
            return frame;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(rented.AsSpan(0, written));
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    // Makes a value of an encoded plaintext, which may stand in its place in the frame; zeroes the frame where that fails.
    private void Seal(UseGrant? grant, string purpose, ReadOnlySpan<byte> plaintext, Span<byte> frame)
    {
        int size = plaintext.Length;
        bool done = false;
        DataKey? key = null;
        try
        {
            if (size > ValueFrame.MaxPlaintextSize)
            {
                throw new ColumnCryptException($"A value of {purpose} has {size} bytes; at most {ValueFrame.MaxPlaintextSize} can be encrypted.");
            }

            key = TakeEncryptionKey(grant, UseBudget.UsesOf(size));
            frame[0] = ValueFrame.Suite1;
            key.Id.CopyTo(frame[1..]);
            var nonce = frame.Slice(ValueFrame.NonceOffset, ValueFrame.NonceSize);
            _services.Nonces.Next(nonce);
            key.PoolFor(purpose).Encrypt(nonce, plaintext, frame.Slice(ValueFrame.HeaderSize, size), frame[(ValueFrame.HeaderSize + size)..]);
            done = true;
        }
        catch (ObjectDisposedException error) when (IsWithdrawn(key))
        {
            throw Withdrawn(key!, error);
        }
        finally
        {
            if (!done)
            {
                CryptographicOperations.ZeroMemory(frame);
            }
        }

        _services.Metrics.Encrypted();
    }

    private DataKey TakeEncryptionKey(UseGrant? grant, long uses)
    {
        ThrowIfUnusable();
        if (grant is not null && IsValid(grant) && grant.TryTake(uses))
        {
            return grant.Key;
        }

        if (!Session.MustRotate(Tenant) && _state.Active?.Data is { } active && active.Budget.TryTake(uses))
        {
            return active;
        }

        return _synchronous.TakeEncryptionKey(this, uses);
    }

    // A key that a rotation has deactivated meanwhile may finish what was begun under it; one in any other state encrypts no more.
    private bool IsValid(UseGrant grant)
    {
        var state = _state;
        return grant.Rollbacks == Session.Rollbacks
            && (ReferenceEquals(state.Active?.Key, grant.Key)
                || (state.Keys.TryGetValue(grant.Key.Id, out var key) && ReferenceEquals(key.Key, grant.Key) && _synchronous.MayFinish(key.Record)));
    }

    private DataKey FindDecryptionKey(KeyId id, string purpose)
    {
        ThrowIfUnusable();
        if (!_state.Keys.TryGetValue(id, out var key))
        {
            key = _synchronous.ResolveUnknownKey(this, id, purpose);
        }

        if (key.Record.Kind != KeyKind.Data)
        {
            throw new CiphertextInvalidException($"The value of {purpose} names key {id}, which is no data key: it was changed.");
        }

        var data = (DataKey)Usable(key);

        // Only an Active key encrypts, so a value under a PreActive one tells that another node has activated it since.
        return key.Record.State == KeyState.PreActive && !_synchronous.IsDue(key.Record)
            ? _synchronous.Reload(this, id, purpose)
            : data;
    }

    private IndexKey? FindIndexKey(int version, IndexUse use, bool isPrepared)
    {
        ThrowIfUnusable();
        if (!_state.Indexes.TryGetValue(version, out var key))
        {
            key = isPrepared ? null : _synchronous.ResolveIndexKey(this, version, use);
        }

        return key is null ? null : (IndexKey)Usable(key);
    }

    private TenantKey Usable(RingKey key)
    {
        if (key.Key is null)
        {
            throw key.Fault is null ? Shredded(Tenant) : new KeyUnavailableException(key.Fault.Reason, key.Fault.Message, key.Fault);
        }

        if (key.Record.State == KeyState.Compromised)
        {
            Session.CompromisedUses.Note(key.Record.KeyId, Tenant);
        }

        return key.Key;
    }

    // A key whose state was changed, or whose wrap went bad, between the moment in which it was taken and that in which it was used.
    // Without a lease the ring itself is closed, which is the caller's mistake.
    private bool IsWithdrawn(TenantKey? key) => key is { IsClosed: true } && Volatile.Read(ref _references) > 0;

    private KeyUnavailableException Withdrawn(TenantKey key, ObjectDisposedException error) => new(
        KeyUnavailableReason.StateForbids, $"Key {key.Id} of tenant '{Tenant}' was withdrawn while it was about to be used.", error);

    private static void Close(IEnumerable<RingKey> keys)
    {
        foreach (var key in keys)
        {
            key.Key?.Close();
        }
    }

    // A stored exception is thrown as a new one: the old one's stack belongs to whoever met it first.
    private static ColumnCryptException Again(ColumnCryptException fault) => fault switch
    {
        KeyUnavailableException error => new KeyUnavailableException(error.Reason, error.Message, error),
        TenantShreddedException error => new TenantShreddedException(error.Message, error),
        _ => new ColumnCryptException(fault.Message, fault),
    };
}
