using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Npgsql;
using ProcessDedup.Servers;
using Xunit;

[assembly: AssemblyFixture(typeof(ProcessDedup.Tests.Harness.PostgresServer))]

namespace ProcessDedup.Tests.Harness;

/// <summary>
/// A server of PostgreSQL of the tests' own, made when the first test wants one and gone at the end.
/// </summary>
public sealed class PostgresServer : IDisposable
{
    private const string Password = "hunter2hunter2";

    private readonly object _sync = new();
    private PostgresCluster? _cluster;
    private int _databases;

    public int Port => _cluster!.Port;

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
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Database={database};Username={user};Password={password};Timeout=10");

    /// <summary>The same database through the socket in a directory, as a server has it that listens on no network.</summary>
    public string OverSocket(string connection) => connection.Replace("Host=127.0.0.1", "Host=" + _cluster!.Directory, StringComparison.Ordinal);

    public static string Psql => Programs.Find("psql") ?? Path.Combine(PostgresCluster.Binaries!, "psql");

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

    // A server lists the locks of all its databases: also of one whose test is over, and whose killed clients it has not missed yet.
    private const string OfThisDatabase = "locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

    /// <summary>How many advisory locks of a database are held or waited for.</summary>
    public static long Locks(string connection, string where = "true") =>
        Ask<long>(connection, $"SELECT count(*) FROM pg_locks WHERE {OfThisDatabase} AND {where}");

    /// <summary>The sessions that wait for one.</summary>
    public static IReadOnlyList<int> Waiting(string connection) =>
        Ask<int[]>(connection, $"SELECT array_agg(pid) FROM pg_locks WHERE {OfThisDatabase} AND NOT granted") ?? [];

    public static string NameOf(string connection) => new NpgsqlConnectionStringBuilder(connection).Database!;

    /// <summary>What a session has asked, in a database that logs each statement: the first line of each.</summary>
    public IReadOnlyList<string> Statements(int session)
    {
        string mark = string.Create(CultureInfo.InvariantCulture, $"[{session}] LOG:  ");
        return [.. Log().Where(l => l.Contains(mark + "execute ", StringComparison.Ordinal) || l.Contains(mark + "statement: ", StringComparison.Ordinal))];
    }

    /// <summary>Has a session ended what it was at because its client has asked for that?</summary>
    public bool HasStopped(int session) => Log().Any(
        l => l.Contains(string.Create(CultureInfo.InvariantCulture, $"[{session}] ERROR:  canceling statement due to user request"), StringComparison.Ordinal));

    private string[] Log()
    {
        using var log = new StreamReader(new FileStream(_cluster!.Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return log.ReadToEnd().Split('\n');
    }

    /// <summary>Stops and starts it again.</summary>
    public void Restart(string mode = "immediate")
    {
        _cluster!.Stop(mode);
        _cluster.Start();
    }

    private void Start()
    {
        Assert.SkipWhen(PostgresCluster.Binaries is null, "PostgreSQL is not installed (apt-get install postgresql): nothing of the coordinator is tested.");
        lock (_sync)
            _cluster ??= new PostgresCluster("procdedup-test-pg", Password, "-c max_connections=400 -c max_prepared_transactions=2 -c fsync=off");
    }

    public void Dispose() => _cluster?.Dispose();
}
