namespace ColumnCrypt.Tool.Running;

/// <summary>How the process ends.</summary>
internal static class ExitCode
{
    /// <summary>All that was asked for is done.</summary>
    public const int Done = 0;

    /// <summary>It is not, or not all of it.</summary>
    public const int Failed = 1;

    /// <summary>What was asked for cannot be understood. Nothing was done.</summary>
    public const int Usage = 2;
}
