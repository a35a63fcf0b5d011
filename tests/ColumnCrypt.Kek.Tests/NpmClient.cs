using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace ColumnCrypt.Kek.Tests;

/// <summary>
/// A program for Node.js that uses a client of a vendor's: its packages are those of its lock file, installed once for each by <c>npm ci</c> into a folder of the user's.
/// </summary>
/// <param name="folder">The folder beside this program with package.json, package-lock.json and client.cjs.</param>
internal sealed class NpmClient(string folder)
{
    private const int MinimumNode = 20;

    private readonly Lazy<Task<string>> _packages = new(() => InstallAsync(Path.Combine(AppContext.BaseDirectory, folder)));

    /// <summary>Runs it once.</summary>
    /// <param name="request">What it reads.</param>
    /// <param name="environment">Variables beyond those of this process.</param>
    /// <returns>What it writes.</returns>
    public async Task<JsonObject> RunAsync(JsonObject request, params (string Name, string Value)[] environment)
    {
        string packages = await _packages.Value;
        var start = Start("node", [Path.Combine(AppContext.BaseDirectory, folder, "client.cjs")], packages);
        start.Environment["NODE_PATH"] = Path.Combine(packages, "node_modules");
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var (code, output, errors) = await RunAsync(start, request.ToJsonString());
        Assert.True(code == 0, errors);
        return JsonNode.Parse(output)!.AsObject();
    }

    private static async Task<string> InstallAsync(string source)
    {
        string[] files = ["package.json", "package-lock.json", ".npmrc"];
        byte[] locked = await File.ReadAllBytesAsync(Path.Combine(source, "package-lock.json"));
        string cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache/columncrypt/npm");
        string target = Path.Combine(cache, Convert.ToHexStringLower(SHA256.HashData(locked))[..16]);
        if (Directory.Exists(target))
        {
            return target;
        }

        if (!IsOnPath("node") || !IsOnPath("npm"))
        {
            RequiredServers.Missing("Node.js with npm is not installed: run .ci/install-servers as root.");
        }

        var (_, version, _) = await RunAsync(Start("node", ["--version"], source), "");
        if (!Version.TryParse(version.Trim().TrimStart('v'), out var installed) || installed.Major < MinimumNode)
        {
            RequiredServers.Missing($"Node.js is {version.Trim()}, and the vendors' clients need {MinimumNode} or later.");
        }

        string work = $"{target}.{Environment.ProcessId}";
        Directory.CreateDirectory(work);
        try
        {
            foreach (string file in files)
            {
                File.Copy(Path.Combine(source, file), Path.Combine(work, file));
            }

            var (code, _, errors) = await RunAsync(Start("npm", ["ci", "--ignore-scripts"], work), "");
            if (code != 0)
            {
                RequiredServers.Missing($"npm cannot install the packages of {source}: {errors}");
            }

            // Another process may have been faster.
            if (!Directory.Exists(target))
            {
                Directory.Move(work, target);
            }
        }
        finally
        {
            if (Directory.Exists(work))
            {
                Directory.Delete(work, recursive: true);
            }
        }

        return target;
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    private static ProcessStartInfo Start(string program, string[] arguments, string folder) => new(program, arguments)
    {
        WorkingDirectory = folder,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };

    private static async Task<(int Code, string Output, string Errors)> RunAsync(ProcessStartInfo start, string input)
    {
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await errors);
    }
}
