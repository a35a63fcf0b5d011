namespace ColumnCrypt.Kek.Contract;

/// <summary>Opens <see cref="ForeignKek"/>s.</summary>
public sealed class ForeignKekProvider : IKekProvider
{
    /// <inheritdoc/>
    public string Scheme => "foreign";

    /// <summary>How often <see cref="Open"/> was called.</summary>
    public int Opened { get; private set; }

    /// <inheritdoc/>
    public IKeyEncryptionKey Open(string uri, KekOptions options)
    {
        Opened++;
        return new ForeignKek(uri);
    }
}
