using System.ComponentModel;
using ColumnCrypt.EntityFrameworkCore.Runtime;

namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>Marks, inside a query, what is computed after decryption. Public because compiled queries call it; not meant to be called by applications.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class OnClient
{
    /// <summary>The value as it is. No provider translates it, so EF reads the column alone and computes the rest in the application.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="value">The value.</param>
    public static T Decrypted<T>(T value) => value;

    /// <summary>The plaintext of an adopted property that takes no null.</summary>
    /// <typeparam name="T">The type of the property, or one that it is converted to.</typeparam>
    /// <param name="plaintext">What its column holds.</param>
    /// <param name="isThere">False where there is no row: an outer join has found none.</param>
    /// <param name="column">The column of the plaintext, for messages.</param>
    /// <param name="adopted">The column of ciphertext, for messages.</param>
    /// <exception cref="CiphertextInvalidException">There is a row and no plaintext in it.</exception>
    /// <exception cref="InvalidOperationException">There is no row, and the type takes no null.</exception>
    public static T Demanded<T>(object? plaintext, bool isThere, string column, string adopted) => plaintext is not null ? (T)plaintext
        : isThere ? throw AdoptedValue.Missing(column, adopted)
        : default(T) is null ? default!
        : throw new InvalidOperationException($"There is no row to read {column} of, and {typeof(T).Name} takes no null. Convert it: (T?)x.Property.");

    /// <summary>
    /// A condition that is checked again after decryption: an index that finds other rows too may answer it.
    /// </summary>
    /// <param name="condition">The condition.</param>
    public static bool Candidate(bool condition) => condition;
}
