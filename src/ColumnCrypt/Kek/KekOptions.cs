namespace ColumnCrypt.Kek;

/// <summary>What the configuration says about one KEK.</summary>
public sealed class KekOptions
{
    /// <summary>
    /// The passphrase of a <c>file:</c> KEK. Default: null, which takes it from <c>COLUMNCRYPT_PASSPHRASE</c> or from the file
    /// that <c>COLUMNCRYPT_PASSPHRASE_FILE</c> names.
    /// </summary>
    public string? Passphrase { get; set; }
}
