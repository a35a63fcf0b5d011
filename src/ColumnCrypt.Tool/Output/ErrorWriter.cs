using ColumnCrypt.Tool.Running;

namespace ColumnCrypt.Tool.Output;

/// <summary>Writes an error: one readable message, or one JSON object; no stack trace and no secret.</summary>
internal sealed class ErrorWriter(CliEnvironment environment, Redaction redaction, bool isJson)
{
    /// <summary>Writes it, and returns the exit code.</summary>
    public int Write(Exception error)
    {
        var report = ErrorReport.Of(error);
        string message = redaction.Apply(report.Message);
        environment.Error.WriteLine(isJson
            ? JsonText.Write(new { Error = report with { Message = message } })
            : $"columncrypt: {TextPage.Printable(message)}{(report.Transient ? " (It may pass: try again.)" : "")}");
        return error switch
        {
            CliException own => own.ExitCode,
            EncryptionModelException => ExitCode.Usage,
            _ => ExitCode.Failed,
        };
    }
}
