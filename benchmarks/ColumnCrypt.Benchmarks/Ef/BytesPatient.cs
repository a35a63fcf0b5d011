namespace ColumnCrypt.Benchmarks.Ef;

/// <summary>Without ColumnCrypt, columns of the size and the type that its ciphertext has.</summary>
public class BytesPatient
{
    public int Id { get; set; }

    public byte[] Name { get; set; } = [];

    public byte[] Street { get; set; } = [];

    public byte[] Note { get; set; } = [];
}
