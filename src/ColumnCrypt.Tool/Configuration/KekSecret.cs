using ColumnCrypt.Kek;

namespace ColumnCrypt.Tool.Configuration;

/// <summary>What opens a <c>file:</c> KEK: its passphrase, or its shares.</summary>
/// <param name="Passphrase">The passphrase; null where there is none.</param>
/// <param name="Shares">The shares; null where there are none.</param>
internal sealed record KekSecret(string? Passphrase = null, IReadOnlyList<string>? Shares = null)
{
    /// <summary>Nothing: nobody gave any.</summary>
    public static readonly KekSecret None = new();

    /// <summary>Whether there is something to open it with.</summary>
    public bool IsGiven => Passphrase is not null || Shares is { Count: > 0 };

    /// <summary>Gives it to the KEK.</summary>
    public void Give(KekOptions options)
    {
        options.Passphrase = Passphrase;
        options.Shares = Shares;
    }
}
