using System.Diagnostics;

namespace ColumnCrypt.Tool.Tests.Support;

/// <summary>The built command as a process, called from a shell.</summary>
internal static class ToolProcess
{
    public static async Task<Run> RunAsync(Operator jo, string line, params (string Name, string Value)[] variables)
    {
        using var process = Start(jo, line, variables);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.DoesNotContain("canary", await output + error, StringComparison.Ordinal);
        return new Run(process.ExitCode, await output, error);
    }

    public static Process Start(Operator jo, string line, (string Name, string Value)[] variables)
    {
        string command = Path.ChangeExtension(typeof(Cli).Assembly.Location, null);
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"columncrypt() {{ exec '{command}' \"$@\"; }}; {line}"])
        {
            WorkingDirectory = jo.Folder.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Where(static name => name.StartsWith("COLUMNCRYPT_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
