using System;
using System.IO;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>
/// A database with a log, and a reader who may not write its directory: SQLite can read it only while the log's shared memory (-shm)
/// is there, which a writer makes and the last one removes.
/// </summary>
public sealed class ReaderWithoutRightsTests : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly string _directory, _file;

    public ReaderWithoutRightsTests()
    {
        _directory = _place.NewDirectory("theirs");
        _file = Path.Combine(_directory, "t.db");
    }

    public void Dispose() => _place.Dispose();

    private static readonly SqliteOptions Reading = new() { Mode = SqliteTransactionMode.Deferred, Create = false, Timeout = TimeSpan.FromSeconds(10) };

    private static object? Count(string file) => SqliteRunner.Run(file, Reading, tx => tx.Query("SELECT count(*) FROM t")[0][0]).Value;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void On_a_read_only_file_system_a_log_without_shared_memory_is_named_as_the_reason(bool hasLog)
    {
        using (var writer = new SqliteRunner(_file, Table.Options("wal")))
        {
            writer.Run(tx => Table.Insert(tx, "x"));
            File.Copy(_file, _place.File("copy.db"));
            File.Copy(_file + "-wal", _place.File("copy.db-wal"));
        }

        using Mounted disk = Mounted.Tmpfs(_place, "size=4m");
        string only = Path.Combine(disk.Point, "t.db");
        File.Copy(hasLog ? _place.File("copy.db") : _file, only);
        if (hasLog)
            File.Copy(_place.File("copy.db-wal"), only + "-wal");
        disk.Remount("ro");
        if (Programs.Find("sqlite3") is { } sqlite3)
        {
            using Peer common = Peer.Run(_place, sqlite3, only, "SELECT count(*) FROM t");
            Assert.NotEqual(0, common.WaitForExit());
        }

        SqliteException e = Assert.Throws<SqliteException>(() => Count(only));
        Assert.Equal(SqliteError.SqliteCannotOpen, e.Error);
        Assert.Contains("write-ahead log", e.Message, StringComparison.Ordinal);
        Assert.Contains("-shm", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<SqliteException>(() => SqliteBackup.Run(only, _place.File("b.db")));
        Assert.Contains("write-ahead log", e.Message, StringComparison.Ordinal);
        disk.Remount("rw");
        Assert.Equal(1L, Count(only));
    }

    [Fact]
    public void Another_user_reads_while_a_writer_has_it_open_and_afterwards_learns_why_not()
    {
        var other = new OtherUser(_place, Programs.SqlitePeer);
        using var writer = new SqliteRunner(_file, Table.Options("wal"));
        writer.Run(tx => Table.Insert(tx, "x"));
        using (Peer reader = other.Start("look", _file))
            Assert.Equal("LOOKED 1", reader.Read("rows"));
        writer.Dispose();
        using (Peer reader = other.Start("look", _file))
        {
            string said = reader.Read("an error");
            Assert.StartsWith("ERROR SqliteReadOnly ", said, StringComparison.Ordinal);
            Assert.Contains("-shm", said, StringComparison.Ordinal);
        }

        // A backup has no log.
        SqliteBackup.Run(_file, Path.Combine(_directory, "b.db"));
        using (Peer reader = other.Start("look", Path.Combine(_directory, "b.db")))
            Assert.Equal("LOOKED 1", reader.Read("rows"));
    }
}
