namespace ColumnCrypt.EntityFrameworkCore.Query;

/// <summary>Stands in a query for what the column of an encrypted property holds, past its encryption. Translated by <see cref="StoredTextTranslator"/>.</summary>
internal static class StoredText
{
    /// <summary>The text in the column.</summary>
    /// <param name="value">The property.</param>
    /// <exception cref="EncryptedQueryException">It was not translated.</exception>
    public static string? Of(string? value) => throw new EncryptedQueryException("What a column holds past its encryption can only be asked by a query that the database answers.");
}
