namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

public class Customer
{
    public int Id { get; set; }

    public string TenantId { get; set; } = "";

    public string City { get; set; } = "";

    [Encrypted, BlindIndex(Unique = true)]
    public string? Ssn { get; set; }

    [Encrypted, BlindIndex]
    public string? Email { get; set; }

    [Encrypted, BlindIndex]
    public int Age { get; set; }

    [Encrypted, BlindIndex, BlindIndex(BlindIndexPart.Year)]
    public DateOnly? Born { get; set; }

    public List<Purchase> Purchases { get; set; } = [];
}
