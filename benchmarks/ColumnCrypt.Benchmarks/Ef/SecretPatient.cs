namespace ColumnCrypt.Benchmarks.Ef;

public class SecretPatient
{
    public int Id { get; set; }

    [Encrypted]
    public string Name { get; set; } = "";

    [Encrypted]
    public string Street { get; set; } = "";

    [Encrypted]
    public string Note { get; set; } = "";
}
