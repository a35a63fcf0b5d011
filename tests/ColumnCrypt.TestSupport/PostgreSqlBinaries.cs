using System.Diagnostics;

namespace ColumnCrypt.TestSupport;

/// <summary>Where PostgreSQL is installed, and as whom it runs.</summary>
internal sealed class PostgreSqlBinaries
{
    private const string Debian = "/usr/lib/postgresql";

    private readonly string _folder;
    private readonly string? _user;

    private PostgreSqlBinaries(string folder, string? user)
    {
        _folder = folder;
        _user = user;
    }

    public static PostgreSqlBinaries Find()
    {
        if (OperatingSystem.IsWindows())
        {
            RequiredServers.Missing("PostgreSQL is started by these tests on Linux and macOS only.");
        }

        var folder = Folders().FirstOrDefault(static folder => File.Exists($"{folder}/postgres") && File.Exists($"{folder}/initdb"));
        if (folder is null)
        {
            RequiredServers.Missing("PostgreSQL (initdb, postgres) is not installed: apt install postgresql.");
        }

        return new PostgreSqlBinaries(folder!, Environment.IsPrivilegedProcess ? UnprivilegedUser() : null);
    }

    public string Path(string program) => $"{_folder}/{program}";

    /// <summary>A process, not yet started, of the user that PostgreSQL runs as.</summary>
    public Process Process(string program, params string[] arguments)
    {
        // In a session of its own: runuser would pass on the signals that a run which is broken off gets as a group.
        string[] all = _user is null ? [program, .. arguments] : ["setsid", "runuser", "-u", _user, "--", program, .. arguments];
        return new Process { StartInfo = new ProcessStartInfo(all[0], all[1..]) };
    }

    public void GiveFolder(string folder)
    {
        if (_user is not null)
        {
            Run(new Process { StartInfo = new ProcessStartInfo("chown", [_user, folder]) });
        }
    }

    public void Run(string program, params string[] arguments) => Run(Process(program, arguments));

    private static void Run(Process process)
    {
        using (process)
        {
            process.StartInfo.RedirectStandardOutput = true;
            process.StartInfo.RedirectStandardError = true;
            process.StartInfo.WorkingDirectory = "/";
            process.Start();
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException($"{process.StartInfo.FileName} ended with {process.ExitCode}: {error} {output.Result}");
            }
        }
    }

    // initdb and postgres must be of one installation: a link on the path is followed to the folder that holds both.
    private static IEnumerable<string> Folders()
    {
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            var initdb = new FileInfo(System.IO.Path.Combine(folder, "initdb"));
            if (initdb.Exists)
            {
                yield return System.IO.Path.GetDirectoryName(initdb.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? initdb.FullName)!;
            }
        }

        if (Directory.Exists(Debian))
        {
            foreach (var version in Directory.GetDirectories(Debian).OrderByDescending(static path => int.TryParse(System.IO.Path.GetFileName(path), out var number) ? number : 0))
            {
                yield return $"{version}/bin";
            }
        }
    }

    private static string UnprivilegedUser() =>
        File.ReadLines("/etc/passwd").Any(static line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";
}
