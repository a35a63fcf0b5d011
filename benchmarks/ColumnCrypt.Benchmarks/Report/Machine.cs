using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ColumnCrypt.Benchmarks.Report;

/// <summary>What a reader of figures should know of the machine that they are from.</summary>
internal static class Machine
{
    public static string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} processors, {RuntimeInformation.ProcessArchitecture}, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, OpenSSL {OpenSsl()}, {DateTime.UtcNow:yyyy-MM-dd}. {Load()}");

    // proc_loadavg(5): whoever reads a ratio should know what else ran.
    private static string Load() => OperatingSystem.IsLinux()
        ? $"Processes that were running or waiting, on average over the minute before it began: {File.ReadAllText("/proc/loadavg").Split(' ')[0]}."
        : "";

    private static string OpenSsl()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "not used";
        }

        long version = SafeEvpPKeyHandle.OpenSslVersion;
        return string.Create(CultureInfo.InvariantCulture, $"{version >> 28}.{(version >> 20) & 0xFF}.{(version >> 4) & 0xFFFF}");
    }
}
