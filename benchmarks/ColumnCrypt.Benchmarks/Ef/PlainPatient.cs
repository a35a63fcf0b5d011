namespace ColumnCrypt.Benchmarks.Ef;

public class PlainPatient
{
    public int Id { get; set; }

    public string Name { get; set; } = "";

    public string Street { get; set; } = "";

    public string Note { get; set; } = "";
}
