namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

public class Loan
{
    public int Id { get; set; }

    public string TenantId { get; set; } = "";

    public int MemberId { get; set; }

    public Member? Member { get; set; }

    public int Day { get; set; }

    [Encrypted, BlindIndex]
    public string Title { get; set; } = "";

    [Encrypted, BlindIndex]
    public string? Second { get; set; }
}
