namespace ColumnCrypt.Tool.Running;

/// <summary>What the command itself has to object to.</summary>
internal sealed class CliException : Exception
{
    public CliException(string kind, string message, int exitCode = Running.ExitCode.Failed, Exception? innerException = null)
        : base(message, innerException)
    {
        Kind = kind;
        ExitCode = exitCode;
    }

    /// <summary>The kind of error, as docs/cli.md lists them.</summary>
    public string Kind { get; }

    /// <summary>The exit code.</summary>
    public int ExitCode { get; }

    /// <summary>An error in how the command was called or configured.</summary>
    public static CliException Usage(string message) => new("usage", message, Running.ExitCode.Usage);
}
