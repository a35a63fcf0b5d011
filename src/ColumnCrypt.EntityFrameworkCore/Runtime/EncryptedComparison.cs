using System.ComponentModel;
using ColumnCrypt.Format;

namespace ColumnCrypt.EntityFrameworkCore.Runtime;

/// <summary>
/// Compares and copies mutable values through their encoding, so that EF sees a change made in place and none where nothing
/// changed. Public so that compiled models can name it; not meant to be called by applications. Thread-safe.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class EncryptedComparison
{
    /// <summary>True where both are null or have the same encoding.</summary>
    /// <typeparam name="T">The type that is encoded.</typeparam>
    public static bool AreEqual<T>(T? left, T? right)
    {
        if (left is null || right is null)
        {
            return left is null && right is null;
        }

        return left is byte[] leftBytes && right is byte[] rightBytes
            ? leftBytes.AsSpan().SequenceEqual(rightBytes)
            : Encode(left).AsSpan().SequenceEqual(Encode(right));
    }

    /// <summary>A hash of the encoding; 0 for null.</summary>
    /// <typeparam name="T">The type that is encoded.</typeparam>
    public static int HashOf<T>(T? value)
    {
        if (value is null)
        {
            return 0;
        }

        var hash = new HashCode();
        hash.AddBytes(value is byte[] bytes ? bytes : Encode(value));
        return hash.ToHashCode();
    }

    /// <summary>A copy that later changes of the original do not touch.</summary>
    /// <typeparam name="T">The type that is encoded.</typeparam>
    public static T Copy<T>(T value) => value switch
    {
        null => value,
        byte[] bytes => (T)(object)bytes.ToArray(),
        _ => ValueCodecs.For<T>().Decode(Encode(value)),
    };

    private static byte[] Encode<T>(T value) => ValueCodecs.For<T>().Encode(value);
}
