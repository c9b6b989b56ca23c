using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Artifacts;
using ProcessDedup.Claims;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Archives;
using ProcessDedup.Fetch.Files;
using ProcessDedup.Locks;
using ProcessDedup.Platform;
using ProcessDedup.Sqlite;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using SQLitePCL;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>
/// Whatever this process does with the files of a database that it has open, its locks stay: POSIX locks die when any
/// descriptor of the file is closed in the process.
/// </summary>
public sealed class OwnLockTests : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly string _folder;

    public OwnLockTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "on Windows locks belong to handles");
        _folder = _place.NewDirectory("data");
    }

    public void Dispose() => _place.Dispose();

    private static Dictionary<string, Action<OwnLockTests, string>> Readers { get; } = new()
    {
        ["hash of a build's input"] = (_, file) => FileHashing.Of(file, [ContentHash.Sha256], CancellationToken.None),
        ["digest of a tree"] = (it, _) => TreeManifest.Of(it._folder, CancellationToken.None),
        ["artifact of a file"] = (it, file) => it.Artifacts.Save(new ArtifactRequest(ArtifactKey.Of("a" + Guid.NewGuid())), file),
        ["artifact of a directory"] = (it, _) => it.Artifacts.Save(new ArtifactRequest(ArtifactKey.Of("a" + Guid.NewGuid())), it._folder),
        ["fetch of a file"] = (it, file) => Record.Exception(() => FetchCache.Open(it._place.Root).Get(new FetchRequest("file://" + file))),
        ["unpacking"] = (it, file) => Record.Exception(() => Archive.Unpack(file, it._place.File("out"), new UnpackOptions(), CancellationToken.None)),
        ["copy"] = (it, file) => FileCopy.Make(file, it._place.File("copy" + Guid.NewGuid()), false, CopyMode.Copy, false, CancellationToken.None),
        ["record"] = (_, file) => FileSystem.TryReadSmall(file, 1 << 20),
        ["sync"] = (_, file) => Publishing.Sync(file),
        ["lock by path"] = (_, file) => FileLock.Acquire(new LockRequest(LockTarget.FromPath(file))).Dispose(),
    };

    private static string[] Files { get; } = ["", "-wal", "-shm", "-journal"];

    private static string[] Journals { get; } = ["delete", "wal"];

    private ArtifactCache Artifacts => ArtifactCache.Open(_place.Root);

    public static TheoryData<string, string> Cases => new(
        from reader in Readers.Keys
        from journal in Journals
        select (reader, journal));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Reading_the_files_of_a_database_leaves_its_locks_alone(string reader, string journal)
    {
        var table = new Table(_place, "data/t.db");
        using SqliteRunner runner = table.Runner(journal);
        runner.Run(tx => Table.Insert(tx, "first"));
        runner.Run(tx =>
        {
            Table.Insert(tx, "second");
            ReadAll(reader, table.File);
        });
        using (Peer peer = Peer.Sqlite(_place, "hold", table.File, "IMMEDIATE"))
            peer.Expect("HELD");
        Assert.Equal((1, 1), ((int)table.Count("first"), (int)table.Count("second")));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void So_does_reading_those_of_a_database_that_another_library_of_this_process_has_open(string reader, string journal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "what others have open is seen in /proc");
        var table = new Table(_place, "data/t.db");
        using (SqliteRunner first = table.Runner(journal))
            first.Run(tx => Table.Insert(tx, "first"));
        // Not through the product: it does not know of this handle.
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open(table.File, out sqlite3 handle));
        using (handle)
        {
            Assert.Equal(raw.SQLITE_OK, raw.sqlite3_exec(handle, "BEGIN IMMEDIATE; INSERT INTO t VALUES('other', 1)"));
            ReadAll(reader, table.File);
            Assert.Equal(raw.SQLITE_OK, raw.sqlite3_exec(handle, "COMMIT"));
        }

        Assert.Equal(1, table.Count("other"));
    }

    [Fact]
    public void A_file_that_becomes_a_database_while_it_is_read_is_not_closed_either()
    {
        var table = new Table(_place, "data/t.db");
        File.WriteAllBytes(table.File, []);
        SourceFile reading = SourceFile.Open(table.File);
        using SqliteRunner runner = table.Runner("delete");
        runner.Run(tx =>
        {
            Table.Insert(tx, "first");
            SqliteLockKind[] before = OwnLocks(table.File);
            Assert.NotEmpty(before);
            reading.Dispose();
            Assert.Equal(before, OwnLocks(table.File));
        });
    }

    [Fact]
    public void What_was_kept_open_is_used_again_and_closed_with_the_database()
    {
        var table = new Table(_place, "data/t.db");
        int before = PosixLockGuard.KeptCount;
        using (SqliteRunner runner = table.Runner("delete"))
        {
            runner.Run(tx =>
            {
                Table.Insert(tx, "first");
                ContentHash[] hashes = [.. Enumerable.Range(0, 50).Select(_ => FileHashing.Of(table.File, [ContentHash.Sha256], CancellationToken.None)[0])];
                Assert.Single(hashes.Distinct());
                Assert.Equal(before + 1, PosixLockGuard.KeptCount);
            });
        }

        Assert.Equal(before, PosixLockGuard.KeptCount);
        Assert.DoesNotContain(
            Directory.EnumerateFileSystemEntries("/proc/self/fd"), entry => new FileInfo(entry).LinkTarget == table.File);
    }

    [Fact]
    public void Readers_beside_a_writer_in_other_threads_cost_no_row()
    {
        var table = new Table(_place, "data/t.db");
        using (SqliteRunner first = table.Runner("delete"))
            first.Run(tx => Table.Insert(tx, "first"));
        const int rows = 50;
        using Peer peer = Peer.Sqlite(_place, "insert", table.File, "delete", "peer", "50", "0");
        peer.Expect("READY");
        using (Reading(table.File))
        {
            peer.Say("go");
            using SqliteRunner runner = table.Runner("delete");
            for (int i = 0; i < rows; i++)
                runner.Run(tx => Table.Insert(tx, "own", i));
            peer.Await("DONE");
        }

        Assert.Equal((rows, rows), ((int)table.Count("own"), (int)table.Count("peer")));
        Assert.Equal((rows + rows + 1, rows + rows + 1, "ok"), table.Check());
    }

    [Fact]
    public void A_claim_has_one_winner_though_its_database_is_an_input_of_a_build_of_the_same_process()
    {
        const int keys = 50;
        string file = _place.File("data/claims.db");
        using ClaimStore store = ClaimStore.OpenFile(file);
        store.Add(new ClaimRequest("builds", "first"));
        using Peer peer = Peer.Sqlite(_place, "claim", file, "builds", "50");
        peer.Expect("READY");
        int own = 0, theirs;
        using (Reading(file))
        {
            peer.Say("go");
            for (int i = 0; i < keys; i++)
                own += store.Add(new ClaimRequest("builds", i.ToString(CultureInfo.InvariantCulture))).Outcome == ClaimOutcome.Won ? 1 : 0;
            theirs = peer.ReadTo("DONE").Count(line => line.StartsWith("WON ", StringComparison.Ordinal));
        }

        Assert.Equal(keys, own + theirs);
        Assert.Equal(keys + 1, store.Find("builds").Count);
    }

    /// <summary>Reads the file again and again in another thread until it is disposed.</summary>
    private static Ending Reading(string file)
    {
        var end = new CancellationTokenSource();
        Task reading = Task.Factory.StartNew(
            () =>
            {
                while (!end.IsCancellationRequested)
                    FileHashing.Of(file, [ContentHash.Sha256], CancellationToken.None);
            },
            TaskCreationOptions.LongRunning);
        return new Ending(() =>
        {
            end.Cancel();
            reading.GetAwaiter().GetResult();
            end.Dispose();
        });
    }

    private sealed class Ending(Action end) : IDisposable
    {
        public void Dispose() => end();
    }

    /// <summary>Reads each file of the database, and looks after each that this process has the locks that it had.</summary>
    private void ReadAll(string reader, string file)
    {
        SqliteLockKind[] before = OwnLocks(file);
        foreach (string companion in Files)
        {
            if (!File.Exists(file + companion))
                continue;
            Readers[reader](this, file + companion);
            SqliteLockKind[] after = OwnLocks(file);
            Assert.True(before.SequenceEqual(after), $"{reader} of {companion}: {string.Join(", ", before)} became {string.Join(", ", after)}");
        }
    }

    private static SqliteLockKind[] OwnLocks(string file) =>
        [.. SqliteLockInspector.Inspect(file).Holders.Where(h => h.ProcessId == Environment.ProcessId).Select(h => h.Lock).Order()];
}
