namespace ColumnCrypt.Tool.Output;

/// <summary>
/// Keeps the secrets that the command was given out of what it says. No message should hold one; should a driver's do so, it does not
/// leave the process.
/// </summary>
internal sealed class Redaction
{
    private const string Mark = "[hidden]";
    private const int Shortest = 4;

    private readonly HashSet<string> _secrets = new(StringComparer.Ordinal);

    /// <summary>Adds a secret; one so short that it would be found in any text is left out.</summary>
    public void Add(string? secret)
    {
        if (secret is { Length: >= Shortest })
        {
            _secrets.Add(secret);
        }
    }

    public string Apply(string text) =>
        _secrets.OrderByDescending(static secret => secret.Length).Aggregate(text, static (rest, secret) => rest.Replace(secret, Mark, StringComparison.Ordinal));
}
