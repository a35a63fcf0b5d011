namespace ColumnCrypt.EntityFrameworkCore.TestHost;

/// <summary>A row whose unique blind index is being changed.</summary>
public class Account
{
    public string Tenant { get; set; } = "";

    public int Id { get; set; }

    public string Number { get; set; } = "";
}
