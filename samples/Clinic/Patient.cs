namespace ColumnCrypt.Samples.Clinic;

/// <summary>A row of the application. Tagged members are plaintext here and ciphertext in the database.</summary>
public class Patient
{
    public int Id { get; set; }

    public string Clinic { get; set; } = "";

    public int Ward { get; set; }

    [Encrypted]
    public string Name { get; set; } = "";

    [Encrypted("patient.ssn")]
    public string Ssn { get; set; } = "";

    [Encrypted]
    public DateOnly? Born { get; set; }

    [Encrypted]
    public string? Note { get; set; }
}
