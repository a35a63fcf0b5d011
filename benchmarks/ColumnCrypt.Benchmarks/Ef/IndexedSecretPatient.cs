namespace ColumnCrypt.Benchmarks.Ef;

public class IndexedSecretPatient
{
    public int Id { get; set; }

    [Encrypted, BlindIndex]
    public string Name { get; set; } = "";

    [Encrypted]
    public string Street { get; set; } = "";

    [Encrypted]
    public string Note { get; set; } = "";
}
