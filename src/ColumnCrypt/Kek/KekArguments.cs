namespace ColumnCrypt.Kek;

/// <summary>The checks of arguments that every <see cref="IKeyEncryptionKey"/> makes before it calls its backend.</summary>
public static class KekArguments
{
    /// <summary>The size of the smallest key that is wrapped, in bytes.</summary>
    public const int MinimumKeySize = 16;

    /// <summary>The size of the largest key that is wrapped, in bytes.</summary>
    public const int MaximumKeySize = 64;

    /// <summary>Demands a key of 16 to 64 bytes.</summary>
    /// <exception cref="ArgumentException">It has another size.</exception>
    public static void DemandKey(ReadOnlyMemory<byte> key)
    {
        if (key.Length is < MinimumKeySize or > MaximumKeySize)
        {
            throw new ArgumentException($"A key to wrap has {MinimumKeySize} to {MaximumKeySize} bytes; this one has {key.Length}.", nameof(key));
        }
    }

    /// <summary>Demands room for any key: 64 bytes.</summary>
    /// <exception cref="ArgumentException">It is smaller.</exception>
    public static void DemandDestination(ReadOnlyMemory<byte> destination)
    {
        if (destination.Length < MaximumKeySize)
        {
            throw new ArgumentException($"The destination of an unwrap has {MaximumKeySize} bytes at least; this one has {destination.Length}.", nameof(destination));
        }
    }

    /// <summary>Copies an unwrapped key to where the caller wants it.</summary>
    /// <param name="key">What the backend gave back.</param>
    /// <param name="destination">Takes it: 64 bytes at least.</param>
    /// <returns>Its size in bytes.</returns>
    /// <exception cref="KekException">It is none: 16 to 64 bytes.</exception>
    public static int CopyKey(ReadOnlySpan<byte> key, Memory<byte> destination)
    {
        if (key.Length is < MinimumKeySize or > MaximumKeySize)
        {
            throw new KekException(KekFailure.WrongContextOrTampered, $"What was unwrapped is no key: it has {key.Length} bytes.");
        }

        key.CopyTo(destination.Span);
        return key.Length;
    }
}
