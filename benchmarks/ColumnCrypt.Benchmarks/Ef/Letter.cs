using Microsoft.EntityFrameworkCore;

namespace ColumnCrypt.Benchmarks.Ef;

[Index(nameof(Number))]
public class Letter
{
    public int Id { get; set; }

    /// <summary>In plaintext, behind an ordinary index: what lookups are compared with.</summary>
    public string Number { get; set; } = "";

    [Encrypted, BlindIndex]
    public string Reference { get; set; } = "";

    [Encrypted, TextIndex(PrefixFrom = 3, PrefixTo = 8)]
    public string Sender { get; set; } = "";

    [Encrypted, TextIndex(Words = true)]
    public string Notes { get; set; } = "";

    [Encrypted, RangeIndex(From = "0", Width = "250", Buckets = 4_096)]
    public int Sequence { get; set; }
}
