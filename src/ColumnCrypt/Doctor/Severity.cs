namespace ColumnCrypt.Doctor;

/// <summary>How bad a finding is.</summary>
public enum Severity
{
    /// <summary>Worth knowing.</summary>
    Note,

    /// <summary>To be mended before it does harm.</summary>
    Warning,

    /// <summary>Something is wrong or lost.</summary>
    Error,
}
