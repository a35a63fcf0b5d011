namespace ColumnCrypt.Format;

/// <summary>The codec of each CLR type. A type without a codec of its own is encoded as JSON.</summary>
public static class ValueCodecs
{
    /// <summary>The codec of <typeparamref name="T"/>; the same object every time.</summary>
    /// <typeparam name="T">The CLR type, not nullable.</typeparam>
    public static ValueCodec<T> For<T>() => throw new NotImplementedException();

    /// <summary>The name that the manifest writes for the codec of a type.</summary>
    public static string NameFor(Type type) => throw new NotImplementedException();

    /// <summary>True where the type has a codec of its own; false where it is encoded as JSON.</summary>
    public static bool HasOwnCodec(Type type) => throw new NotImplementedException();
}
