using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace ColumnCrypt.TestSupport;

/// <summary>
/// A throw-away PostgreSQL on 127.0.0.1 and a free port, with a data folder of its own. It ends with the process that started it,
/// even one that is killed, or when disposed. Thread-safe.
/// </summary>
/// <remarks>
/// PostgreSQL refuses to run as root; there it runs as <c>postgres</c> or <c>nobody</c>. A shell stands between this process and
/// the server: it stops the server by its process id and deletes the folder when its standard input ends, as it does when this
/// process ends in any way. It ignores the signals that a run which is broken off gets as a group.
/// </remarks>
public sealed class PostgreSqlServer : IDisposable
{
    private const int Attempts = 5;

    private const string StopWithParent = """
        trap '' HUP INT TERM
        exec >/dev/null
        "$2" -D "$1/data" -p "$3" -c listen_addresses=127.0.0.1 -c unix_socket_directories="$1" -c fsync=off \
          -c max_connections=500 -c lc_messages=C </dev/null &
        pid=$!
        cat >/dev/null
        kill -CONT "$pid" 2>/dev/null
        kill -QUIT "$pid" 2>/dev/null
        wait "$pid"
        rm -rf "$1"
        """;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly Lazy<PostgreSqlServer> s_shared = new(Start);

    private readonly Process _shell;
    private readonly ConcurrentQueue<string> _log = new();
    private readonly TaskCompletionSource<bool> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _databases;

    private PostgreSqlServer(PostgreSqlBinaries binaries, string folder, int port)
    {
        Port = port;
        _shell = binaries.Process("/bin/sh", "-c", StopWithParent, "sh", folder, binaries.Path("postgres"), $"{port}");
        _shell.StartInfo.RedirectStandardInput = true;
        _shell.StartInfo.RedirectStandardError = true;
        _shell.StartInfo.WorkingDirectory = "/";
        _shell.ErrorDataReceived += OnLog;
        _shell.EnableRaisingEvents = true;
        _shell.Exited += (_, _) => _ready.TrySetResult(false);
        _shell.Start();
        _shell.BeginErrorReadLine();
    }

    /// <summary>The server of this test process, started when first asked for. Ends the test where PostgreSQL is not installed.</summary>
    public static PostgreSqlServer Shared => s_shared.Value;

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>A connection string for the database <c>postgres</c>, as the superuser.</summary>
    public string ConnectionString => ConnectionStringOf("postgres");

    /// <summary>Starts a server for one test, which may stop it. Ends the test where PostgreSQL is not installed.</summary>
    public static PostgreSqlServer Start() => Start(static (binaries, data) =>
        binaries.Run(binaries.Path("initdb"), "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync"));

    /// <summary>Starts a hot standby, which streams from this server and has its databases. Its replay can be paused.</summary>
    public PostgreSqlServer StartStandby() => Start((binaries, data) =>
        binaries.Run(binaries.Path("pg_basebackup"), "-D", data, "-h", "127.0.0.1", "-p", $"{Port}", "-U", "postgres", "-R", "-c", "fast", "--no-sync"));

    /// <summary>Makes a fresh, empty database.</summary>
    /// <returns>Its connection string.</returns>
    public string CreateDatabase()
    {
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        Execute($"CREATE DATABASE {name}");
        return ConnectionStringOf(name);
    }

    /// <summary>Runs a statement in the database <c>postgres</c>.</summary>
    /// <param name="sql">The statement.</param>
    public void Execute(string sql)
    {
        using var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    /// <summary>Stops the server at once, by its process id, and deletes its folder. May be called again.</summary>
    public void Dispose()
    {
        if (_shell.HasExited)
        {
            return;
        }

        _shell.StandardInput.Close();
        _shell.WaitForExit(s_patience);
    }

    /// <summary>A connection string of another server, as it is for this one.</summary>
    /// <param name="connectionString">The connection string.</param>
    public string OnThis(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { Port = Port }.ConnectionString;

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static PostgreSqlServer Start(Action<PostgreSqlBinaries, string> fill)
    {
        var binaries = PostgreSqlBinaries.Find();
        for (var attempt = 1; ; attempt++)
        {
            var folder = Directory.CreateTempSubdirectory("columncrypt-pg-").FullName;
            binaries.GiveFolder(folder);
            fill(binaries, $"{folder}/data");
            var server = new PostgreSqlServer(binaries, folder, FreePort());
            if (server._ready.Task.Wait(s_patience) && server._ready.Task.Result)
            {
                return server;
            }

            server.Dispose();
            if (attempt == Attempts)
            {
                throw new InvalidOperationException($"PostgreSQL did not start:{Environment.NewLine}{string.Join(Environment.NewLine, server._log)}");
            }
        }
    }

    private string ConnectionStringOf(string database) =>
        $"Host=127.0.0.1;Port={Port};Username=postgres;Database={database};Timeout=30";

    private void OnLog(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null)
        {
            return;
        }

        _log.Enqueue(line.Data);
        while (_log.Count > 50)
        {
            _log.TryDequeue(out _);
        }

        if (line.Data.Contains("ready to accept connections", StringComparison.Ordinal) || line.Data.Contains("ready to accept read-only connections", StringComparison.Ordinal))
        {
            _ready.TrySetResult(true);
        }
        else if (line.Data.Contains("database system is shut down", StringComparison.Ordinal) || line.Data.Contains("FATAL:", StringComparison.Ordinal))
        {
            _ready.TrySetResult(false);
        }
    }
}
