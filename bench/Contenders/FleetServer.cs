using System;
using System.Globalization;
using System.IO;
using ProcessDedup.Servers;

namespace ProcessDedup.Bench.Contenders;

/// <summary>
/// The server of PROCESSDEDUP_BENCH_POSTGRES, or one of the bench's own where PostgreSQL is installed: with its defaults, so that
/// the disk is waited for as it is in earnest.
/// </summary>
internal sealed class FleetServer : IDisposable
{
    public const string Variable = "PROCESSDEDUP_BENCH_POSTGRES";

    private readonly PostgresCluster? _own;

    private FleetServer(string connection) => Connection = connection;

    private FleetServer(PostgresCluster own)
    {
        _own = own;
        Connection = string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={own.Port};Username=postgres;Database=postgres");
    }

    public string Connection { get; }

    /// <summary>Null where there is none.</summary>
    public static FleetServer? Find(TextWriter notes)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return new FleetServer(given);
        if (PostgresCluster.Binaries is not null)
            return new FleetServer(new PostgresCluster("processdedup-bench-pg", null, string.Empty));
        notes.WriteLine($"skipped: the fleet ({Variable} names no server, and PostgreSQL is not installed: apt-get install postgresql)");
        return null;
    }

    public void Dispose() => _own?.Dispose();
}
