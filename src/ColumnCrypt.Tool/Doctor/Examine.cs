using System.CommandLine;
using ColumnCrypt.Doctor;
using ColumnCrypt.Tool.Output;
using ColumnCrypt.Tool.Values;
using ColumnCrypt.Tool.Verbs;

namespace ColumnCrypt.Tool.Doctor;

internal sealed class Examine : Verb
{
    private readonly Option<string?> _samples = new("--samples")
    {
        Description = "A file with stored values of the application, one a line, as inspect takes them: whether their keys exist.",
        HelpName = "FILE",
    };

    public Examine()
        : base(
            "doctor",
            "Examines the whole key store and changes nothing. Exit code 1 where something is wrong or lost.",
            "columncrypt doctor",
            "columncrypt doctor --samples values.txt --json") => Options.Add(_samples);

    public override async Task<Answer?> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var samples = call.Value(_samples) is { } path
            ? File.ReadLinesAsync(call.Environment.PathOf(path), cancellationToken).Where(static line => line.Length > 0).Select(line => ValueText.Read(line, call.Environment))
            : null;
        var findings = await call.Open().ExamineAsync(samples, cancellationToken).ConfigureAwait(false);
        return new Answer(
            findings,
            page =>
            {
                foreach (var finding in findings)
                {
                    page.Line($"{finding.Severity} {finding.Code} ({TextPage.Number(finding.Count)}): {finding.Message}");
                }

                page.Line(findings.Count == 0 ? "Nothing found." : $"{findings.Count} findings.");
            },
            findings.All(static finding => finding.Severity != Severity.Error));
    }
}
