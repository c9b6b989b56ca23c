using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using ProcessDedup.Coordination;
using ProcessDedup.Postgres;
using ProcessDedup.Servers;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Coordination;

/// <summary>A real pgbouncer between the coordinator and its server.</summary>
public sealed class PoolerTests(PostgresServer server) : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("transaction")]
    [InlineData("statement")]
    [InlineData("session")]
    public void Whatever_gives_connections_to_others_is_refused(string mode)
    {
        Assert.SkipWhen(Programs.Find("pgbouncer") is null && !File.Exists("/usr/sbin/pgbouncer"), "pgbouncer is not installed (apt-get install pgbouncer).");
        string connection = server.NewDatabase();
        string name = connection.Split(';').Single(p => p.StartsWith("Database=", StringComparison.Ordinal))["Database=".Length..];
        int port = FreePort.Next();
        File.WriteAllText(_place.File("users"), $"\"postgres\" \"{PostgresServer.Secret}\"\n");
        File.WriteAllText(_place.File("ini"), string.Create(CultureInfo.InvariantCulture, $"""
            [databases]
            * = host=127.0.0.1 port={server.Port}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = plain
            auth_file = {_place.File("users")}
            pool_mode = {mode}
            ignore_startup_parameters = extra_float_digits
            """));
        using Process pooler = Start(_place.File("ini"));
        try
        {
            string through = server.For(name, "postgres", PostgresServer.Secret) + string.Create(CultureInfo.InvariantCulture, $";Port={port}");
            Eventually.True(() => Answers(port), "pgbouncer listens");
            using Coordinator fleet = PostgresCoordinator.Open(through);
            var failure = Assert.Throws<CoordinatorException>(() => fleet.Inspect(null));
            Assert.True(failure.Error == CoordinatorError.CoordinatorPooled, failure.ToString());
            Assert.Contains("Connect to PostgreSQL itself", failure.NextStep, StringComparison.Ordinal);
            Assert.False(PostgresServer.Ask<bool>(connection, "SELECT EXISTS(SELECT FROM pg_namespace WHERE nspname = 'procdedup')"), "nothing was made");
        }
        finally
        {
            pooler.Kill();
            pooler.WaitForExit();
        }
    }

    private static Process Start(string configuration)
    {
        string program = Programs.Find("pgbouncer") ?? "/usr/sbin/pgbouncer";
        // It refuses to run as root, like the server.
        var start = Environment.IsPrivilegedProcess
            ? new ProcessStartInfo("setpriv", ["--reuid=nobody", "--regid=nogroup", "--clear-groups", program, "-q", configuration])
            : new ProcessStartInfo(program, ["-q", configuration]);
        start.RedirectStandardError = start.RedirectStandardOutput = true;
        Process process = Process.Start(start)!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process;
    }

    private static bool Answers(int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
