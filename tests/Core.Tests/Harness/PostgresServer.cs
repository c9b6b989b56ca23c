using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Xunit;

[assembly: AssemblyFixture(typeof(ProcessDedup.Tests.Harness.PostgresServer))]

namespace ProcessDedup.Tests.Harness;

/// <summary>
/// A server of PostgreSQL of the tests' own, made when the first test wants one and gone at the end. It runs as another
/// user where the tests run as root, which PostgreSQL refuses.
/// </summary>
public sealed class PostgresServer : IDisposable
{
    private const string Password = "hunter2hunter2";

    private static readonly string? Binaries = new List<string?> { Programs.Find("initdb") }.Concat(InPackages("initdb"))
        .Where(f => f is not null).Select(f => Path.GetDirectoryName(f)).FirstOrDefault();

    private readonly object _sync = new();
    private string? _directory;
    private int _port;
    private int _databases;

    private static string?[] InPackages(string program) => Directory.Exists("/usr/lib/postgresql")
        ? [.. Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(d => d, StringComparer.Ordinal).Select(d => Path.Combine(d, "bin", program)).Where(File.Exists)]
        : [];

    public int Port => _port;

    /// <summary>The text that must never come out.</summary>
    public static string Secret => Password;

    /// <summary>A new database, and how to connect to it. Skips the test where PostgreSQL is not installed.</summary>
    public string NewDatabase(string options = "")
    {
        Start();
        string name;
        lock (_sync)
            name = string.Create(CultureInfo.InvariantCulture, $"fleet{++_databases}");
        Sql(AsRoot("postgres"), $"CREATE DATABASE {name} {options}");
        return AsRoot(name);
    }

    public string AsRoot(string database) => For(database, "postgres", Password);

    public string For(string database, string user, string password) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={_port};Database={database};Username={user};Password={password};Timeout=10");

    /// <summary>The same database through the socket in a directory, as a server has it that listens on no network.</summary>
    public string OverSocket(string connection) => connection.Replace("Host=127.0.0.1", "Host=" + _directory, StringComparison.Ordinal);

    public static string Psql => Programs.Find("psql") ?? Path.Combine(Binaries!, "psql");

    public static void Sql(string connection, string sql) => Ask<object>(connection, sql);

    public static T? Ask<T>(string connection, string sql)
    {
        using var own = new NpgsqlConnection(connection + ";Pooling=false;Application Name=the test");
        own.Open();
        using var command = new NpgsqlCommand(sql, own);
        return command.ExecuteScalar() is T found ? found : default;
    }

    /// <summary>Ends every connection to a database but one's own.</summary>
    public static long Terminate(string connection, string where = "true") => Ask<long>(
        connection,
        $"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'procdedup %' AND {where}");

    public static string NameOf(string connection) => new NpgsqlConnectionStringBuilder(connection).Database!;

    /// <summary>What a session has asked, in a database that logs each statement: the first line of each.</summary>
    public IReadOnlyList<string> Statements(int session)
    {
        string mark = string.Create(CultureInfo.InvariantCulture, $"[{session}] LOG:  ");
        using var log = new StreamReader(new FileStream(Path.Combine(_directory!, "log"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return [.. log.ReadToEnd().Split('\n').Where(l => l.Contains(mark + "execute ", StringComparison.Ordinal) || l.Contains(mark + "statement: ", StringComparison.Ordinal))];
    }

    /// <summary>Stops and starts it again.</summary>
    public void Restart(string mode = "immediate")
    {
        Control("-m", mode, "stop");
        StartCluster();
    }

    private void Start()
    {
        Assert.SkipWhen(Binaries is null, "PostgreSQL is not installed (apt-get install postgresql): nothing of the coordinator is tested.");
        lock (_sync)
        {
            if (_directory is not null)
                return;
            string directory = Path.Combine(Path.GetTempPath(), $"procdedup-test-pg-{Guid.NewGuid():N}");
            Directory.CreateDirectory(directory);
            string password = Path.Combine(directory, "password");
            File.WriteAllText(password, Password);
            if (Environment.IsPrivilegedProcess)
                Must("chown", "-R", "nobody", directory);
            _port = FreePort();
            _directory = directory;
            Run("initdb", "-D", Path.Combine(directory, "data"), "-U", "postgres", "-A", "scram-sha-256", "--pwfile", password, "-E", "UTF8", "--locale", "C", "--no-sync");
            StartCluster();
        }
    }

    private void StartCluster() => Control(
        "-o", string.Create(CultureInfo.InvariantCulture, $"-p {_port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{_directory}' -c max_connections=400 -c max_prepared_transactions=2 -c fsync=off"),
        "-l", Path.Combine(_directory!, "log"), "-w", "start");

    private void Control(params string[] arguments) => Run("pg_ctl", ["-D", Path.Combine(_directory!, "data"), .. arguments]);

    private static void Run(string program, params string[] arguments)
    {
        string full = Path.Combine(Binaries!, program);
        if (Environment.IsPrivilegedProcess)
            Must("setpriv", ["--reuid=nobody", "--regid=nogroup", "--clear-groups", full, .. arguments]);
        else
            Must(full, arguments);
    }

    private static void Must(string program, params string[] arguments)
    {
        // The server keeps what it inherits: no pipe, which would never end.
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = "/tmp" };
        foreach (string argument in (string[])["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", program, .. arguments])
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Assert.True(process.WaitForExit(Peer.Patience), program);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Dispose()
    {
        if (_directory is null)
            return;
        try
        {
            Control("-m", "immediate", "stop");
        }
        finally
        {
            Directory.Delete(_directory, recursive: true);
        }
    }
}
