namespace ColumnCrypt.Kek.Vault;

/// <summary>Files that hold a token or a secret id.</summary>
internal static class SecretFile
{
    private const int MaximumSize = 4_096;

    /// <summary>The only line of a file.</summary>
    /// <param name="uri">The URI of the KEK, for messages.</param>
    /// <param name="path">The path.</param>
    /// <param name="what">What the file holds, for messages.</param>
    /// <exception cref="KekException">The file cannot be read, or holds no such thing.</exception>
    public static string ReadLine(string uri, string path, string what)
    {
        try
        {
            Span<char> beginning = stackalloc char[MaximumSize + 2];
            using var reader = new StreamReader(path);
            int size = reader.ReadBlock(beginning);
            string line = new(beginning[..size].TrimEnd("\r\n"));
            return VaultCredential.IsSecret(line) ? line : throw new KekException(KekFailure.Denied, $"The file {path} must hold {what} for {uri} on its only line.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new KekException(KekFailure.Denied, $"The file {path}, which should hold {what} for {uri}, cannot be read: {error.Message}", error);
        }
    }
}
