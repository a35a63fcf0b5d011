namespace ColumnCrypt.Kek.GoogleKms;

/// <summary>What the options of one KEK say of Cloud KMS.</summary>
internal sealed class GoogleKmsSettings
{
    public Action<GoogleKmsOptions>? Configure { get; set; }
}
