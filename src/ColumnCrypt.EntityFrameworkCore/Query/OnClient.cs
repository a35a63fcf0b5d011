using System.ComponentModel;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>Marks, inside a query, what is computed after decryption. Public because compiled queries call it; not meant to be called by applications.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class OnClient
{
    /// <summary>The value as it is. No provider translates it, so EF reads the column alone and computes the rest in the application.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="value">The value.</param>
    public static T Decrypted<T>(T value) => value;

    /// <summary>
    /// A condition that is checked again after decryption: an index that finds other rows too may answer it.
    /// </summary>
    /// <param name="condition">The condition.</param>
    public static bool Candidate(bool condition) => condition;
}
