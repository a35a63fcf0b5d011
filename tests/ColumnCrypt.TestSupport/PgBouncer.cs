using System.Diagnostics;
using Npgsql;

namespace ColumnCrypt.TestSupport;

/// <summary>
/// A throw-away PgBouncer in transaction mode on 127.0.0.1 and a free port, in front of the PostgreSQL of this test process. It ends with
/// the process that started it, even one that is killed, or when disposed.
/// </summary>
/// <remarks>It refuses to run as root, so it runs as PostgreSQL does here, under a shell as that does (<see cref="PostgreSqlServer"/>).</remarks>
public sealed class PgBouncer : IDisposable
{
    private const int Attempts = 5;

    private const string StopWithParent = """
        trap '' HUP INT TERM
        exec >/dev/null
        "$2" "$1/pgbouncer.ini" </dev/null &
        pid=$!
        cat >/dev/null
        kill -TERM "$pid" 2>/dev/null
        wait "$pid"
        rm -rf "$1"
        """;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly string[] s_folders = ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin"];

    private readonly Process _shell;
    private readonly TaskCompletionSource<bool> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private PgBouncer(PostgreSqlBinaries binaries, string program, string folder, int port)
    {
        Port = port;
        _shell = binaries.Process("/bin/sh", "-c", StopWithParent, "sh", folder, program);
        _shell.StartInfo.RedirectStandardInput = true;
        _shell.StartInfo.RedirectStandardError = true;
        _shell.StartInfo.WorkingDirectory = "/";
        _shell.ErrorDataReceived += OnLog;
        _shell.EnableRaisingEvents = true;
        _shell.Exited += (_, _) => _ready.TrySetResult(false);
        _shell.Start();
        _shell.BeginErrorReadLine();
    }

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Starts one. Ends the test where PgBouncer or PostgreSQL is not installed.</summary>
    /// <param name="poolSize">How many connections to the server each database has at most.</param>
    public static PgBouncer Start(int poolSize)
    {
        var server = PostgreSqlServer.Shared;
        var binaries = PostgreSqlBinaries.Find();
        var program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Concat(s_folders)
            .Select(static folder => Path.Combine(folder, "pgbouncer")).FirstOrDefault(File.Exists);
        if (program is null)
        {
            RequiredServers.Missing("PgBouncer is not installed: apt install pgbouncer.");
        }

        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var folder = Directory.CreateTempSubdirectory("columncrypt-pgbouncer-").FullName;
            var port = PostgreSqlServer.FreePort();
            File.WriteAllText($"{folder}/users.txt", "\"postgres\" \"\"\n");
            File.WriteAllText($"{folder}/pgbouncer.ini", $"""
                [databases]
                * = host=127.0.0.1 port={server.Port}
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = {port}
                unix_socket_dir =
                auth_type = trust
                auth_file = {folder}/users.txt
                pool_mode = transaction
                default_pool_size = {poolSize}
                max_client_conn = 500

                """);
            binaries.GiveFolder(folder);
            var bouncer = new PgBouncer(binaries, program!, folder, port);
            if (bouncer._ready.Task.Wait(s_patience) && bouncer._ready.Task.Result)
            {
                return bouncer;
            }

            bouncer.Dispose();
        }

        throw new InvalidOperationException("PgBouncer did not start.");
    }

    /// <summary>A connection string that leads through PgBouncer instead of to the server itself.</summary>
    /// <param name="connectionString">The server's.</param>
    public string Through(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { Port = Port }.ConnectionString;

    /// <summary>Stops it at once, by its process id, and deletes its folder. May be called again.</summary>
    public void Dispose()
    {
        if (!_shell.HasExited)
        {
            _shell.StandardInput.Close();
            _shell.WaitForExit(s_patience);
        }
    }

    private void OnLog(object sender, DataReceivedEventArgs line)
    {
        if (line.Data?.Contains("process up", StringComparison.Ordinal) == true)
        {
            _ready.TrySetResult(true);
        }
        else if (line.Data?.Contains("FATAL", StringComparison.Ordinal) == true)
        {
            _ready.TrySetResult(false);
        }
    }
}
