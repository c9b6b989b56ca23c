using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;

namespace ProcessDedup.Bench.Contenders;

/// <summary>
/// The server of PROCESSDEDUP_BENCH_POSTGRES, or one of the bench's own where PostgreSQL is installed: with its defaults, so that
/// the disk is waited for as it is in earnest.
/// </summary>
internal sealed class FleetServer : IDisposable
{
    public const string Variable = "PROCESSDEDUP_BENCH_POSTGRES";

    private readonly string? _directory;
    private readonly string _binaries = string.Empty;

    private FleetServer(string connection) => Connection = connection;

    private FleetServer(string binaries, string directory)
    {
        (_binaries, _directory) = (binaries, directory);
        Directory.CreateDirectory(directory);
        if (Environment.IsPrivilegedProcess)
            Run("chown", "nobody", directory);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        Server("initdb", "-D", Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale", "C");
        Server(
            "pg_ctl", "-D", Data, "-w", "-l", Path.Combine(directory, "log"),
            "-o", string.Create(CultureInfo.InvariantCulture, $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"), "start");
        Connection = string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres");
    }

    public string Connection { get; }

    private string Data => Path.Combine(_directory!, "data");

    /// <summary>Null where there is none.</summary>
    public static FleetServer? Find(TextWriter notes)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return new FleetServer(given);
        IEnumerable<string> places = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Concat(Directory.Exists("/usr/lib/postgresql")
                ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(d => Path.Combine(d, "bin"))
                : []);
        if (places.FirstOrDefault(p => File.Exists(Path.Combine(p, "initdb"))) is { } binaries)
        {
            // Not in the bench's own directory, which another user may not enter.
            return new FleetServer(binaries, Path.Combine(Path.GetTempPath(), $"processdedup-bench-pg-{Guid.NewGuid():N}"));
        }

        notes.WriteLine($"skipped: the fleet ({Variable} names no server, and PostgreSQL is not installed: apt-get install postgresql)");
        return null;
    }

    private void Server(string program, params string[] arguments)
    {
        string full = Path.Combine(_binaries, program);
        if (Environment.IsPrivilegedProcess)
            Run("setpriv", ["--reuid=nobody", "--regid=nogroup", "--clear-groups", full, .. arguments]);
        else
            Run(full, arguments);
    }

    // The server keeps what it inherits: no pipe, which would never end.
    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "cd /tmp; exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", program, .. arguments]))!;
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }

    public void Dispose()
    {
        if (_directory is null)
            return;
        Server("pg_ctl", "-D", Data, "-m", "immediate", "stop");
        Directory.Delete(_directory, recursive: true);
    }
}
