namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

public class Member
{
    public int Id { get; set; }

    public string TenantId { get; set; } = "";

    public string City { get; set; } = "";

    public int? SponsorId { get; set; }

    public Member? Sponsor { get; set; }

    [Encrypted, BlindIndex]
    public string Name { get; set; } = "";

    [Encrypted, BlindIndex]
    public string? Email { get; set; }

    [Encrypted, BlindIndex]
    public int Age { get; set; }

    [Encrypted, BlindIndex]
    public decimal? Score { get; set; }

    [Encrypted, BlindIndex]
    public Guid Token { get; set; }

    [Encrypted, BlindIndex, BlindIndex(BlindIndexPart.Year)]
    public DateOnly? Born { get; set; }

    [Encrypted, BlindIndex(AllowSmallDomain = "a test of enums")]
    public Rank Rank { get; set; }

    [Encrypted, BlindIndex(Normaliser = BlindIndexNormaliser.CaseInsensitive)]
    public string? Nick { get; set; }

    [Encrypted, BlindIndex(Bits = 3)]
    public string? Code { get; set; }

    [Encrypted, BlindIndex(BlindIndexPart.LastFour), BlindIndex(BlindIndexPart.Prefix, PrefixLength = 2)]
    public string? Card { get; set; }

    [Encrypted, BlindIndex(BlindIndexPart.Domain, Normaliser = BlindIndexNormaliser.Email)]
    public string? Work { get; set; }

    [Encrypted]
    public string? Note { get; set; }

    [Encrypted, TextIndex(PrefixFrom = 2, PrefixTo = 5), TextIndex(Words = true)]
    public string? Story { get; set; }

    [Encrypted, TextIndex(PrefixFrom = 2, PrefixTo = 4, Bits = 3)]
    public string? Tag { get; set; }

    [Encrypted, TextIndex(PrefixFrom = 2, PrefixTo = 4, Normaliser = BlindIndexNormaliser.CaseInsensitive)]
    public string? Alias { get; set; }

    [Encrypted, RangeIndex(From = "-20", Width = "10", Buckets = 6)]
    public int Points { get; set; }

    [Encrypted, BlindIndex, RangeIndex(From = "0", Width = "0.5", Buckets = 10, Bits = 2)]
    public decimal? Balance { get; set; }

    [Encrypted, RangeIndex(From = "2000-01-01", Width = "7", Buckets = 300)]
    public DateOnly? Joined { get; set; }

    [Encrypted, RangeIndex(From = "2020-01-01T06:00", Width = "0.25", Buckets = 20)]
    public DateTime Seen { get; set; }

    [Encrypted, RangeIndex(From = "08:00:00", Width = "900", Buckets = 8)]
    public TimeOnly? Wakes { get; set; }

    [Encrypted, RangeIndex(From = "-10", Width = "5", Buckets = 4, AllowSmallDomain = "a test of small numbers")]
    public sbyte Level { get; set; }

    public List<Loan> Loans { get; set; } = [];
}
