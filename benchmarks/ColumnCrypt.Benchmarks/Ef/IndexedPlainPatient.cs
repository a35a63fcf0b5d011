using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.Benchmarks.Ef;

[Index(nameof(Name))]
public class IndexedPlainPatient
{
    public int Id { get; set; }

    public string Name { get; set; } = "";

    public string Street { get; set; } = "";

    public string Note { get; set; } = "";
}
