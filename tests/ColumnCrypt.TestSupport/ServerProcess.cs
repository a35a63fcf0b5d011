using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ColumnCrypt.TestSupport;

/// <summary>
/// A server for tests on 127.0.0.1. It ends with the process that started it, even one that is killed, or when disposed. Thread-safe.
/// </summary>
/// <remarks>A shell stands between this process and the server, as it does for <see cref="PostgreSqlServer"/>.</remarks>
public sealed class ServerProcess : IDisposable
{
    private const string StopWithParent = """
        "$@" </dev/null >&2 &
        pid=$!
        trap '' HUP INT TERM
        echo "$pid"
        exec >/dev/null
        cat >/dev/null
        kill -CONT "$pid" 2>/dev/null
        kill -TERM "$pid" 2>/dev/null
        ( sleep 3; kill -KILL "$pid" 2>/dev/null ) &
        wait "$pid"
        kill %2 2>/dev/null
        """;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Process _shell;
    private readonly ConcurrentQueue<string> _log = new();
    private readonly int _pid;

    private ServerProcess(int port, IReadOnlyDictionary<string, string> environment, string[] command)
    {
        Port = port;
        _shell = new Process { StartInfo = new ProcessStartInfo("setsid", ["/bin/sh", "-c", StopWithParent, "sh", .. command]) };
        _shell.StartInfo.RedirectStandardInput = true;
        _shell.StartInfo.RedirectStandardOutput = true;
        _shell.StartInfo.RedirectStandardError = true;
        foreach (var (name, value) in environment)
        {
            _shell.StartInfo.Environment[name] = value;
        }

        _shell.ErrorDataReceived += OnLog;
        _shell.Start();
        _shell.BeginErrorReadLine();
        _pid = int.Parse(_shell.StandardOutput.ReadLine()!, System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>The last lines that the server wrote.</summary>
    public string Log => string.Join(Environment.NewLine, _log);

    /// <summary>A port that nobody listens on.</summary>
    public static int FreePort() => PostgreSqlServer.FreePort();

    /// <summary>Starts a server and waits until it takes connections.</summary>
    /// <param name="port">The port that the command makes it listen on.</param>
    /// <param name="environment">Variables beyond those of this process.</param>
    /// <param name="command">The program and its arguments.</param>
    public static ServerProcess Start(int port, IReadOnlyDictionary<string, string> environment, params string[] command) =>
        Start(port, server => server.Listens(), environment, command);

    /// <summary>Starts a server that has no port, and waits until it is ready.</summary>
    /// <param name="isReady">Asked again and again.</param>
    /// <param name="environment">Variables beyond those of this process.</param>
    /// <param name="command">The program and its arguments.</param>
    public static ServerProcess Start(Func<bool> isReady, IReadOnlyDictionary<string, string> environment, params string[] command) =>
        Start(0, _ => isReady(), environment, command);

    private static ServerProcess Start(int port, Func<ServerProcess, bool> isReady, IReadOnlyDictionary<string, string> environment, string[] command)
    {
        var server = new ServerProcess(port, environment, command);
        var watch = Stopwatch.StartNew();
        while (!isReady(server))
        {
            if (watch.Elapsed > s_patience || server._shell.HasExited || !Directory.Exists($"/proc/{server._pid}"))
            {
                server.Dispose();
                throw new InvalidOperationException($"{command[0]} did not start:{Environment.NewLine}{server.Log}");
            }

            Thread.Sleep(50);
        }

        return server;
    }

    /// <summary>Kills it at once, by its process id: connections break, new ones are refused.</summary>
    public void Kill() => Signal("KILL");

    /// <summary>Stops it in its tracks: connections are taken by the system and nobody answers.</summary>
    public void Pause() => Signal("STOP");

    /// <summary>Lets it go on.</summary>
    public void Resume() => Signal("CONT");

    /// <summary>Ends it. May be called again.</summary>
    public void Dispose()
    {
        if (!_shell.HasExited)
        {
            _shell.StandardInput.Close();
            _shell.WaitForExit(s_patience);
        }
    }

    private bool Listens()
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_pid}"]);
        kill.WaitForExit();
    }

    private void OnLog(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is not null)
        {
            _log.Enqueue(line.Data);
            while (_log.Count > 200)
            {
                _log.TryDequeue(out _);
            }
        }
    }
}
