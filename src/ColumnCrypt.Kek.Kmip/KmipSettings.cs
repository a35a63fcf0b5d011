namespace ColumnCrypt.Kek.Kmip;

/// <summary>What the options of one KEK say of its key server.</summary>
internal sealed class KmipSettings
{
    public Action<KmipOptions>? Configure { get; set; }
}
