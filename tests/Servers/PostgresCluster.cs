using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;

namespace ProcessDedup.Servers;

/// <summary>
/// A server of PostgreSQL of one's own, in a temporary directory that goes with it. It runs as another user where this process
/// runs as root, which PostgreSQL refuses.
/// </summary>
internal sealed class PostgresCluster : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _options;

    /// <summary>Makes it, and starts it.</summary>
    /// <param name="name">What its directory begins with.</param>
    /// <param name="password">That of the user postgres; null for none.</param>
    /// <param name="options">Settings of the server besides its addresses, as <c>-c name=value</c>.</param>
    public PostgresCluster(string name, string? password, string options)
    {
        _options = options;
        Directory = Path.Combine(Path.GetTempPath(), $"{name}-{Guid.NewGuid():N}");
        System.IO.Directory.CreateDirectory(Directory);
        string[] access = ["-A", "trust"];
        if (password is not null)
        {
            string file = Path.Combine(Directory, "password");
            File.WriteAllText(file, password);
            access = ["-A", "scram-sha-256", "--pwfile", file];
        }

        if (Environment.IsPrivilegedProcess)
            Must("chown", "-R", "nobody", Directory);
        Run("initdb", ["-D", Data, "-U", "postgres", .. access, "-E", "UTF8", "--locale", "C", "--no-sync"]);
        Port = FreePort.Next();
        Start();
    }

    /// <summary>Where its programs are; null if it is not installed.</summary>
    public static string? Binaries { get; } = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
        .Concat(InPackages()).FirstOrDefault(place => File.Exists(Path.Combine(place, "initdb")));

    /// <summary>Its socket and its log are in it as well.</summary>
    public string Directory { get; }

    /// <summary>On 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>What it has written so far is there to be read.</summary>
    public string Log => Path.Combine(Directory, "log");

    private string Data => Path.Combine(Directory, "data");

    // Debian has the server's programs in a directory for each version, none of which is on PATH.
    private static IEnumerable<string> InPackages() => System.IO.Directory.Exists("/usr/lib/postgresql")
        ? System.IO.Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(d => d, StringComparer.Ordinal).Select(d => Path.Combine(d, "bin"))
        : [];

    public void Start() => Run(
        "pg_ctl", "-D", Data, "-l", Log, "-w",
        "-o", string.Create(CultureInfo.InvariantCulture, $"-p {Port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{Directory}' {_options}"), "start");

    /// <param name="mode">immediate, as by a crash; fast, with a checkpoint.</param>
    public void Stop(string mode) => Run("pg_ctl", "-D", Data, "-m", mode, "stop");

    public void Dispose()
    {
        try
        {
            Stop("immediate");
        }
        finally
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
    }

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
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", program, .. arguments]) { WorkingDirectory = "/tmp" };
        using Process process = Process.Start(start)!;
        string all = program + " " + string.Join(' ', arguments);
        if (!process.WaitForExit(Patience))
            throw new TimeoutException(all + " did not end.");
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{all} ended with {process.ExitCode}.");
    }
}
