using System.Diagnostics;
using System.Globalization;
using ColumnCrypt.EntityFrameworkCore.TestHost;

namespace ColumnCrypt.EntityFrameworkCore.Tests.Load;

/// <summary>A writer of contacts in a process of its own.</summary>
internal sealed class ContactProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly Task _listening;
    private int _writes;

    private ContactProcess(ProcessStartInfo start, ContactRows rows)
    {
        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
        _listening = ListenAsync(rows);
    }

    /// <summary>Starts it.</summary>
    /// <param name="arguments">What names the application.</param>
    /// <param name="passphrase">The passphrase of its KEK.</param>
    /// <param name="version">The version that it is.</param>
    /// <param name="range">The rows that it writes.</param>
    /// <param name="bound">The revocation bound.</param>
    /// <param name="rows">What it says of them.</param>
    public static ContactProcess Start(IReadOnlyList<string> arguments, string passphrase, AdoptionVersion version, Range range, TimeSpan bound, ContactRows rows)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [typeof(Application).Assembly.Location, .. arguments, "contacts", $"{version}", $"{range.Start}", $"{range.End}", bound.ToString("c", CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["COLUMNCRYPT_PASSPHRASE"] = passphrase;
        return new ContactProcess(start, rows);
    }

    /// <summary>Waits for so many writes, then ends it as a power cut would, and hears what it said before.</summary>
    public async Task KillAfterAsync(int writes)
    {
        while (Volatile.Read(ref _writes) < writes)
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"The writer ended: {await _errors}");
            }

            await Task.Delay(5);
        }

        _process.Kill();
        await _process.WaitForExitAsync();
        await _listening;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private async Task ListenAsync(ContactRows rows)
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            // The last line of one that was killed may be cut off.
            if (line.Split(' ') is [var what and ("try" or "done"), var row, var count] && int.TryParse(row, CultureInfo.InvariantCulture, out int id) && int.TryParse(count, CultureInfo.InvariantCulture, out int written))
            {
                if (what == "try")
                {
                    rows.Try(id, written);
                }
                else
                {
                    rows.Done(id, written);
                    Interlocked.Increment(ref _writes);
                }
            }
        }
    }
}
