namespace ColumnCrypt.EntityFrameworkCore.TestHost;

/// <summary>What an instance of the application knows while columns of plaintext are adopted.</summary>
public enum AdoptionVersion
{
    /// <summary>Plaintext alone; nothing of ColumnCrypt.</summary>
    Old,

    /// <summary>Both.</summary>
    Adopting,

    /// <summary>Ciphertext alone.</summary>
    New,
}
