using System;
using System.IO;
using System.Linq;
using ProcessDedup.Platform;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>Who has which lock on a database, told by the kernel and never by opening the file.</summary>
public sealed class LockInspectorTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Locks_on_parts_of_files_are_read_and_nothing_else()
    {
        const string table = """
            1: POSIX  ADVISORY  READ 708 08:01:1234 128 128
            2: FLOCK  ADVISORY  WRITE 463 fe:00:137361 0 EOF
            3: OFDLCK ADVISORY  WRITE -1 00:06:1028 0 EOF
            4: POSIX  ADVISORY  WRITE 9 fe:00:77 1073741824 1073742335
            4: -> POSIX  ADVISORY  READ 10 fe:00:77 1073741826 1073742335
            4: POSIX  ADVISORY  WRITE 9 fe:00:77 1073741824 1073742335
            5: POSIX  ADVISORY  WRITE x fe:00:77 0 EOF
            6: POSIX  ADVISORY  WRITE 9 fe:00 0 EOF
            7: POSIX  ADVISORY  WRITE 9 fe:00:77 zero EOF
            8: POSIX  ADVISORY  WRITE 9 fe:00:77 0
            9: POSIX

            """;
        Assert.Equal(
            [
                new(KernelLock.Shared, false, 708, "08:01", 1234, 128, 128),
                new(KernelLock.Exclusive, true, -1, "00:06", 1028, 0, long.MaxValue),
                new(KernelLock.Exclusive, false, 9, "fe:00", 77, 1073741824, 1073742335),
            ],
            ProcRangeLocks.Parse(table));
    }

    [Theory]
    [InlineData("delete", "READ", SqliteLockKind.Shared, SqliteLockState.Reading, "SHARED")]
    [InlineData("delete", "IMMEDIATE", SqliteLockKind.Reserved, SqliteLockState.Writing, "RESERVED")]
    [InlineData("delete", "EXCLUSIVE", SqliteLockKind.Exclusive, SqliteLockState.Exclusive, "EXCLUSIVE")]
    [InlineData("wal", "IDLE", SqliteLockKind.LogOpen, SqliteLockState.Open, "WAL open")]
    [InlineData("wal", "READ", SqliteLockKind.LogRead, SqliteLockState.Reading, "WAL READ")]
    [InlineData("wal", "IMMEDIATE", SqliteLockKind.LogWrite, SqliteLockState.Writing, "WAL WRITE")]
    [InlineData("wal", "ALONE", SqliteLockKind.Exclusive, SqliteLockState.Exclusive, "EXCLUSIVE")]
    public void A_holder_is_told_with_its_lock(string journal, string held, SqliteLockKind expected, SqliteLockState state, string name)
    {
        Table table = Prepared(journal);
        using Peer peer = Peer.Sqlite(_place, "hold", table.File, held);
        peer.Expect("HELD");
        SqliteLockStatus status = SqliteLockInspector.Inspect(table.File);
        Assert.Equal(state, status.State);
        SqliteLockHolder holder = status.Holders[0];
        Assert.Equal((peer.Id, expected), (holder.ProcessId, holder.Lock));
        Assert.StartsWith(name, holder.LockName, StringComparison.Ordinal);
        Assert.Equal(Environment.UserName, holder.User);
        Assert.Contains("SqlitePeer", holder.CommandLine, StringComparison.Ordinal);
        Assert.NotNull(holder.ProcessStarted);
        // The kernel keeps no time, and there is no gate.
        Assert.Null(holder.Since);
        Assert.Contains($"PID {peer.Id}", holder.Describe(), StringComparison.Ordinal);
        Assert.All(status.Holders, h => Assert.Equal(peer.Id, h.ProcessId));
        peer.Say("go");
        peer.Expect("RELEASED");
        peer.WaitForExit();
        Assert.Equal(SqliteLockState.Free, SqliteLockInspector.Inspect(table.File).State);
    }

    [Fact]
    public void A_writer_that_waits_for_readers_is_pending()
    {
        Table table = Prepared("delete");
        using Peer reader = Peer.Sqlite(_place, "hold", table.File, "READ");
        reader.Expect("HELD");
        using Peer writer = Peer.Sqlite(_place, "insert", table.File, "delete", "w", "1", "0");
        writer.Expect("READY").Say("go");
        SqliteLockStatus status = Await(table, s => s.Holders.Any(h => h.Lock == SqliteLockKind.Pending));
        Assert.Equal([(writer.Id, SqliteLockKind.Pending), (reader.Id, SqliteLockKind.Shared)], status.Holders.Select(h => (h.ProcessId!.Value, h.Lock)));
        reader.Say("go");
        writer.Expect("ACK 0");
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("wal")]
    public void Looking_does_not_drop_the_locks_of_this_process(string journal)
    {
        Table table = Prepared(journal);
        using DatabaseConnection connection = SqliteSetup.Open(SqlitePlace.Of(table.File), new SqliteOptions());
        connection.Demand("BEGIN IMMEDIATE");
        for (int i = 0; i < 3; i++)
        {
            SqliteLockHolder own = SqliteLockInspector.Inspect(table.File).Holders[0];
            Assert.Equal((Environment.ProcessId, SqliteLockState.Writing), (own.ProcessId, SqliteLockInspector.Inspect(table.File).State));
        }

        connection.Demand("ROLLBACK");
    }

    [Fact]
    public void At_the_gate_holder_and_waiters_are_told_with_the_time()
    {
        Table table = Prepared("delete");
        using Peer holder = Peer.Sqlite(_place, "gate", table.File);
        holder.Expect("HELD");
        using Peer waiter = Peer.Sqlite(_place, "insert", table.File, "delete-gate", "w", "1", "0");
        waiter.Expect("READY").Say("go");
        SqliteLockStatus status = Await(table, s => s.Waiters.Count > 0 && s.Holders.Count > 0 && s.Holders[0].Since is not null);
        Assert.Equal((holder.Id, SqliteLockKind.Reserved), (status.Holders[0].ProcessId, status.Holders[0].Lock));
        Assert.Equal(holder.Id, Assert.Single(status.GateHolders).ProcessId);
        Assert.True(status.Holders[0].HeldFor >= TimeSpan.Zero);
        Assert.Equal((waiter.Id, 1), (status.Waiters[0].ProcessId, status.Waiters[0].Position));
        holder.Say("go");
        waiter.Expect("ACK 0");
    }

    [Fact]
    public void A_lock_of_an_open_file_is_told_with_whoever_has_it_open()
    {
        Table table = Prepared("delete");
        // F_OFD_SETLK is 37; struct flock: type, whence, start, length, process.
        const string script = "import fcntl,os,struct,sys\n"
            + "f=os.open(sys.argv[1],os.O_RDWR)\n"
            + "fcntl.fcntl(f,37,struct.pack('hhqqi4x',fcntl.F_WRLCK,0,0x40000001,1,0))\n"
            + "print('HELD',flush=True)\nsys.stdin.readline()\n";
        string file = _place.File("ofd.py");
        File.WriteAllText(file, script);
        using Peer peer = Peer.Run(_place, "python3", file, table.File);
        peer.Expect("HELD");
        SqliteLockHolder holder = Assert.Single(SqliteLockInspector.Inspect(table.File).Holders);
        Assert.Equal((peer.Id, SqliteLockKind.Reserved, true), (holder.ProcessId, holder.Lock, holder.IsOfOpenFile));
    }

    [Fact]
    public void Bad_paths_are_told()
    {
        Table table = Prepared("delete");
        string link = _place.File("link.db");
        Links.ToFile(link, _place.File("nowhere.db"));
        Assert.Equal(SqliteError.SqliteCannotOpen, Fails(_place.File("missing.db")));
        Assert.Equal(SqliteError.SqliteDirectoryMissing, Fails(_place.File("missing/t.db")));
        Assert.Equal(SqliteError.SqlitePathIsDirectory, Fails(_place.Path));
        Assert.Equal(SqliteError.SqlitePathIsLink, Fails(link));
        Assert.Equal(SqliteError.SqlitePathInvalid, Fails(""));
        Assert.Equal(SqliteError.SqlitePathInvalid, Fails("/dev/null"));
        Assert.Equal(SqliteError.SqlitePathInvalid, Fails("a\0b"));
        string text = _place.File("töxt with spaces.txt");
        File.WriteAllText(text, "no database");
        // What is in it would have to be read for that, which is what must not be.
        Assert.Equal(SqliteLockState.Free, SqliteLockInspector.Inspect(text).State);
    }

    private static SqliteLockStatus Await(Table table, Func<SqliteLockStatus, bool> condition)
    {
        SqliteLockStatus? status = null;
        Eventually.True(() => condition(status = SqliteLockInspector.Inspect(table.File)), "the locks");
        return status!;
    }

    private static SqliteError Fails(string path) => Assert.Throws<SqliteException>(() => SqliteLockInspector.Inspect(path)).Error;

    private Table Prepared(string journal)
    {
        var table = new Table(_place);
        using SqliteRunner runner = table.Runner(journal);
        runner.Run(tx => Table.Insert(tx, "first"));
        return table;
    }
}
