namespace ColumnCrypt.EntityFrameworkCore.Tests.Search;

public class Purchase
{
    public int Id { get; set; }

    public int CustomerId { get; set; }

    public Customer? Customer { get; set; }

    [Encrypted, BlindIndex]
    public string Code { get; set; } = "";
}
