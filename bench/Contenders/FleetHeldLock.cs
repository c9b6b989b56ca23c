using System;
using System.IO;
using Npgsql;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Postgres;

namespace ProcessDedup.Bench.Contenders;

/// <summary>A lock in a server that this process takes as another machine would: below a root of its own.</summary>
internal sealed class FleetHeldLock : HeldLock
{
    public const string Kind = "fleet";

    private readonly Coordinator _fleet;
    private readonly LockRequest _request;
    private LockLease? _lease;

    public FleetHeldLock(string file, string connection)
    {
        _fleet = PostgresCoordinator.Open(connection);
        string root = $"{file}-{Environment.ProcessId}";
        _request = new(LockTarget.FromName(LockRoot.At(root), Path.GetFileName(file))) { Coordinator = _fleet };
    }

    public override void Acquire() => _lease = FileLock.Acquire(_request);

    public override void Release() => _lease!.Dispose();

    public override void Dispose()
    {
        _lease?.Dispose();
        _fleet.Dispose();
    }
}

/// <summary>The two statements alone, prepared, on one connection.</summary>
internal sealed class RawFleetLock : HeldLock
{
    public const string Kind = "fleet-raw";

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlCommand _take;
    private readonly NpgsqlCommand _release;

    public RawFleetLock(string file, string connection)
    {
        _connection = new NpgsqlConnection(connection + ";Pooling=false");
        _connection.Open();
        // The same number in every process.
        long key = 0;
        foreach (char c in Path.GetFileName(file))
            key = unchecked((key * 31) + c);
        _take = Prepared("SELECT pg_advisory_lock($1)", key);
        _release = Prepared("SELECT pg_advisory_unlock($1)", key);
    }

    private NpgsqlCommand Prepared(string sql, long key)
    {
        var command = new NpgsqlCommand(sql, _connection) { CommandTimeout = 0 };
        command.Parameters.Add(new NpgsqlParameter { Value = key });
        command.Prepare();
        return command;
    }

    public override void Acquire() => _take.ExecuteNonQuery();

    public override void Release() => _release.ExecuteNonQuery();

    public override void Dispose() => _connection.Dispose();
}
