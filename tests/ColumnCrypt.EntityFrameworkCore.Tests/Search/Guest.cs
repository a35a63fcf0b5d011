namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

[CompositeBlindIndex("guest.last-born", nameof(Last), nameof(Born))]
[CompositeBlindIndex("guest.nick-floor", nameof(Nick), nameof(Floor), Bits = 3, Normalisers = [BlindIndexNormaliser.CaseInsensitive, BlindIndexNormaliser.None])]
public class Guest
{
    public int Id { get; set; }

    public string TenantId { get; set; } = "";

    public string City { get; set; } = "";

    [Encrypted]
    public string? Last { get; set; }

    [Encrypted]
    public DateOnly? Born { get; set; }

    [Encrypted]
    public int Floor { get; set; }

    [Encrypted]
    public string? Nick { get; set; }
}
