namespace ColumnCrypt.EntityFrameworkCore.TestHost;

/// <summary>What an instance of the application declares while the index goes from version 1 to 2.</summary>
public enum Step
{
    /// <summary>Version 1.</summary>
    Old,

    /// <summary>Both, of which 1 is asked.</summary>
    Both,

    /// <summary>Both, of which 2 is asked.</summary>
    Retiring,

    /// <summary>Version 2.</summary>
    New,
}
