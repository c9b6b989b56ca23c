using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>A backup is the database at one moment, whole or not there, whoever writes and whatever is killed.</summary>
public sealed class BackupTests(ITestOutputHelper output) : IDisposable
{
    private const long Total = 1000 * 1000;

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    /// <summary>A thousand accounts, each on a page of its own.</summary>
    private string Bank(string journal, string name = "bank.db")
    {
        string file = _place.File(name);
        using var runner = new SqliteRunner(file, Table.Options(journal));
        runner.Run(tx =>
        {
            tx.Execute("CREATE TABLE account(id INTEGER PRIMARY KEY, amount INTEGER, page BLOB)");
            tx.Execute("WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000) INSERT INTO account SELECT i, 1000, randomblob(3000) FROM c");
        });
        return file;
    }

    private static (string Integrity, long Accounts, long Total) Audit(string file)
    {
        using var runner = new SqliteRunner(file, new SqliteOptions { Mode = SqliteTransactionMode.Deferred, Create = false, Timeout = TimeSpan.FromSeconds(60) });
        return runner.Run(tx => (
            (string)tx.Query("PRAGMA integrity_check")[0][0]!,
            (long)tx.Query("SELECT count(*) FROM account")[0][0]!,
            (long)tx.Query("SELECT sum(amount) FROM account")[0][0]!)).Value;
    }

    private string[] Left(string backup) => [.. Directory.GetFiles(_place.Path, Path.GetFileName(backup) + "*").Where(f => f != backup)];

    [Theory]
    [InlineData("wal", "gate")]
    [InlineData("wal", "-")]
    [InlineData("delete", "gate")]
    [InlineData("delete", "-")]
    public void While_many_processes_write_each_backup_is_one_moment_of_the_database(string journal, string gate)
    {
        string file = Bank(journal);
        List<Peer> writers = [.. Enumerable.Range(0, Scale.Of(4, 8)).Select(_ => Peer.Sqlite(_place, "transfer", file, journal, gate))];
        try
        {
            writers.ForEach(w => w.Expect("ROUND"));
            string backup = _place.File("backup.db");
            for (int round = 0; round < Scale.Of(5, 50); round++)
            {
                SqliteBackupResult result = SqliteBackup.Run(file, backup, new SqliteBackupOptions { Gate = gate == "gate" ? SqliteOptions.GateBeside(file) : null });
                Assert.Equal((backup, new FileInfo(backup).Length), (result.Destination, result.Size));
                Assert.Empty(Left(backup));
                Assert.Equal(("ok", 1000L, Total), Audit(backup));
            }

            // The common tool under the same writers; it tries again by itself, and may give up.
            if (Programs.Find("sqlite3") is { } sqlite3)
            {
                string common = _place.File("common.db");
                using Peer peer = Peer.Run(_place, sqlite3, file, ".timeout 30000", $".backup '{common}'");
                int code = peer.WaitForExit();
                output.WriteLine($"sqlite3 .backup: exit code {code} {peer.Errors.Trim()}");
                if (code == 0)
                    Assert.Equal(("ok", 1000L, Total), Audit(common));
            }

            writers.ForEach(w => Assert.False(w.HasExited, w.Errors));
        }
        finally
        {
            writers.ForEach(w => w.Kill());
            writers.ForEach(w => w.Dispose());
        }

        Assert.Equal(("ok", 1000L, Total), Audit(file));
    }

    [Theory]
    [InlineData("wal")]
    [InlineData("delete")]
    public void A_killed_backup_leaves_nothing_half_at_its_place_and_no_lock(string journal)
    {
        string file = Bank(journal), backup = _place.File("backup.db");
        var random = new Random(Scale.Seed);
        output.WriteLine($"PROCESSDEDUP_TEST_SEED={Scale.Seed}");
        int complete = 0, abandoned = 0;
        for (int kill = 0; kill < Scale.Of(12, 200); kill++)
        {
            using Peer peer = Peer.Procdedup(_place, "sqlite", file, "--backup", backup);
            Eventually.True(() => peer.HasExited || Left(backup).Length > 0, "the copy has begun");
            // Not to wait for something: the moment of the kill is to be random.
            Thread.Sleep(random.Next(0, 40));
            peer.Kill();
            peer.WaitForExit();
            abandoned += Left(backup).Length > 0 ? 1 : 0;
            if (File.Exists(backup))
            {
                complete++;
                Assert.Equal(("ok", 1000L, Total), Audit(backup));
                File.Delete(backup);
            }

            // Without any patience: nothing of it holds the database.
            SqliteRunner.Run(file, new SqliteOptions { Timeout = TimeSpan.FromSeconds(5) }, tx => tx.Execute("UPDATE account SET amount = amount WHERE id = 1"));
        }

        output.WriteLine($"{complete} complete, {abandoned} abandoned");
        Assert.True(abandoned > 0, "some were killed in the middle");
        SqliteBackup.Run(file, backup);
        Assert.Equal(("ok", 1000L, Total), Audit(backup));
        Assert.Empty(Left(backup));
    }

    [Fact]
    public void A_backup_that_is_there_is_replaced_whole_unless_that_is_refused()
    {
        string file = Bank("wal"), backup = _place.File("backup.db");
        SqliteBackup.Run(file, backup);
        Assert.Equal(SqliteError.SqliteBackupTargetExists, Fails(file, backup, new SqliteBackupOptions { NoClobber = true }));
        SqliteRunner.Run(file, new SqliteOptions(), tx => tx.Execute("DELETE FROM account WHERE id > 10"));
        SqliteBackup.Run(file, backup);
        Assert.Equal(10L, Audit(backup).Accounts);

        if (!OperatingSystem.IsWindows())
        {
            Modes.Set(backup, UnixFileMode.UserRead);
            Assert.Equal(SqliteError.SqliteBackupTargetExists, Fails(file, backup));
            SqliteBackup.Run(file, backup, new SqliteBackupOptions { Force = true });
            Assert.Equal(Modes.Get(file), Modes.Get(backup));
        }
    }

    [Fact]
    public void What_only_its_owner_may_read_has_no_backup_that_others_may_read()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no mode bits");
        string file = Bank("wal");
        Modes.Set(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string backup = SqliteBackup.Run(file, _place.File("b.db")).Destination;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, Modes.Get(backup));
    }

    [Fact]
    public void A_text_file_is_not_replaced_by_mistake()
    {
        string file = Bank("wal"), letter = _place.File("letter.txt");
        File.WriteAllText(letter, string.Concat(Enumerable.Repeat("Dear customer, ", 100)));
        Assert.Equal(SqliteError.SqliteBackupTargetExists, Fails(file, letter));
        Assert.StartsWith("Dear", File.ReadAllText(letter), StringComparison.Ordinal);
        SqliteBackup.Run(file, letter, new SqliteBackupOptions { Force = true });
        Assert.Equal(("ok", 1000L, Total), Audit(letter));
    }

    [Fact]
    public void A_database_is_not_backed_up_onto_itself_by_any_name()
    {
        string file = Bank("wal"), link = _place.File("link.db"), hard = _place.File("hard.db");
        Links.ToFile(link, file);
        var names = new List<string> { file, Path.Combine(_place.Path, ".", "bank.db"), link, file + "-wal", file + "-journal" };
        if (OperatingSystem.IsLinux())
        {
            using Peer ln = Peer.Run(_place, "ln", file, hard);
            Assert.Equal(0, ln.WaitForExit());
            names.Add(hard);
        }

        foreach (string name in names)
            Assert.Equal(SqliteError.SqliteOptionsInvalid, Fails(file, name, new SqliteBackupOptions { Force = true }));
        Assert.Equal(("ok", 1000L, Total), Audit(file));
    }

    [Theory]
    [InlineData("wal", "READ")]
    [InlineData("wal", "IDLE")]
    [InlineData("delete", "READ")]
    [InlineData("delete", "IDLE")]
    public void A_database_that_somebody_has_open_is_not_replaced(string journal, string use)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere a rollback journal's idle user is not seen");
        string file = Bank("wal"), used = _place.File("used.db");
        using (var runner = new SqliteRunner(used, Table.Options(journal)))
            runner.Run(tx => Table.Insert(tx, "theirs"));
        using (Peer user = Peer.Sqlite(_place, "hold", used, use).Expect("HELD"))
        {
            var brief = new SqliteBackupOptions { Timeout = TimeSpan.FromMilliseconds(300), Force = true };
            SqliteException e = Assert.Throws<SqliteException>(() => SqliteBackup.Run(file, used, brief));
            Assert.Equal(SqliteError.SqliteBusy, e.Error);
            Assert.Contains($"PID {user.Id}", e.Message, StringComparison.Ordinal);
            Assert.Equal(1, new Table(_place, "used.db").Count("theirs"));
            user.Say("go");
            user.Expect("RELEASED");
        }

        // Here too, by another connection of this process.
        using (var own = new SqliteRunner(used, Table.Options(journal)))
        {
            own.Run(tx => Table.Insert(tx, "own"));
            Assert.Equal(SqliteError.SqliteBusy, Fails(file, used, new SqliteBackupOptions { Timeout = TimeSpan.FromMilliseconds(300) }));
        }

        SqliteBackup.Run(file, used);
        Assert.Equal(("ok", 1000L, Total), Audit(used));
    }

    [Fact]
    public void The_log_of_a_database_that_was_removed_does_not_get_into_the_backup()
    {
        string file = Bank("wal"), backup = _place.File("backup.db");
        using (var other = new SqliteRunner(backup, Table.Options("wal")))
        {
            other.Run(tx => Table.Insert(tx, "stale"));
            File.Copy(backup + "-wal", _place.File("saved-wal"));
        }

        File.Delete(backup);
        File.Move(_place.File("saved-wal"), backup + "-wal");
        SqliteBackup.Run(file, backup);
        Assert.Equal(("ok", 1000L, Total), Audit(backup));
    }

    [Theory]
    [InlineData("IMMEDIATE", "wal")]
    [InlineData("IMMEDIATE", "delete")]
    [InlineData("READ", "wal")]
    public void A_writer_in_the_middle_of_its_transaction_is_not_in_the_way(string use, string journal)
    {
        string file = Bank(journal);
        using (var runner = new SqliteRunner(file, Table.Options(journal)))
            runner.Run(tx => Table.Insert(tx, "x"));
        using Peer user = Peer.Sqlite(_place, "hold", file, use).Expect("HELD");
        Assert.Equal(Total, Audit(SqliteBackup.Run(file, _place.File("b.db")).Destination).Total);
    }

    [Fact]
    public async Task An_exclusive_user_is_waited_for()
    {
        string file = Bank("delete");
        using Peer user = Peer.Sqlite(_place, "hold", file, "EXCLUSIVE").Expect("HELD");
        Assert.Equal(SqliteError.SqliteBusy, Fails(file, _place.File("b.db"), new SqliteBackupOptions { Timeout = TimeSpan.FromMilliseconds(200) }));
        Assert.False(File.Exists(_place.File("b.db")));
        Task<SqliteBackupResult> backup = Task.Run(() => SqliteBackup.Run(file, _place.File("b.db")));
        user.Say("go");
        Assert.Equal(Total, Audit((await backup).Destination).Total);
    }

    [Fact]
    public void What_cannot_be_backed_up_is_an_error_of_its_kind_and_leaves_nothing()
    {
        string backup = _place.File("b.db");
        Assert.Equal(SqliteError.SqliteCannotOpen, Fails(_place.File("none.db"), backup));
        Assert.Equal(SqliteError.SqlitePathIsDirectory, Fails(_place.Path, backup));
        Assert.Equal(SqliteError.SqlitePathInvalid, Fails("", backup));
        string file = Bank("delete");
        Assert.Equal(SqliteError.SqlitePathInvalid, Fails(file, ""));
        Assert.Equal(SqliteError.SqliteDirectoryMissing, Fails(file, _place.File("none/b.db")));

        // What an encrypted database looks like.
        string garbage = _place.File("garbage.db");
        byte[] noise = new byte[8192];
        new Random(1).NextBytes(noise);
        File.WriteAllBytes(garbage, noise);
        Assert.Equal(SqliteError.SqliteNotADatabase, Fails(garbage, backup));

        using (FileStream broken = File.OpenWrite(file))
        {
            broken.Position = 3 * 4096;
            broken.Write(noise);
        }

        Assert.Equal(SqliteError.SqliteCorrupt, Fails(file, backup));
        Assert.False(File.Exists(backup));
        Assert.Empty(Left(backup));
    }

    [Fact]
    public void A_full_disk_is_told_and_what_was_there_stays()
    {
        string file = Bank("wal");
        string small = Bank("wal", "small.db");
        SqliteRunner.Run(small, new SqliteOptions(), tx => tx.Execute("DELETE FROM account WHERE id > 10"));
        SqliteMaintenance.Run(small, new SqliteOptions(), "VACUUM");
        using Mounted disk = Mounted.Tmpfs(_place, "size=1m");
        string backup = Path.Combine(disk.Point, "b.db");
        SqliteBackup.Run(small, backup);
        Assert.Equal(SqliteError.SqliteFull, Fails(file, backup));
        Assert.Equal(10L, Audit(backup).Accounts);
        Assert.Equal(["b.db"], Directory.GetFiles(disk.Point).Select(Path.GetFileName));
    }

    [Fact]
    public void A_database_on_a_file_system_that_may_only_be_read_is_backed_up_and_its_backup_can_be_read_there()
    {
        string backup = SqliteBackup.Run(Bank("wal"), _place.File("b.db")).Destination;
        using Mounted disk = Mounted.Tmpfs(_place, "size=20m");
        string only = Path.Combine(disk.Point, "only.db");
        File.Copy(backup, only);
        disk.Remount("ro");
        Assert.Equal(("ok", 1000L, Total), Audit(only));
        Assert.Equal(("ok", 1000L, Total), Audit(SqliteBackup.Run(only, _place.File("second.db")).Destination));
        Assert.Equal(SqliteError.SqliteReadOnly, Fails(backup, Path.Combine(disk.Point, "b.db")));
        disk.Remount("rw");
    }

    [Fact]
    public void Into_a_directory_it_gets_the_name_of_the_database_and_an_empty_database_has_a_backup_too()
    {
        string directory = _place.NewDirectory("backups");
        Assert.Equal(Path.Combine(directory, "bank.db"), SqliteBackup.Run(Bank("wal"), directory).Destination);
        File.WriteAllBytes(_place.File("empty.db"), []);
        Assert.True(File.Exists(SqliteBackup.Run(_place.File("empty.db"), directory).Destination));
    }

    [Fact]
    public async Task A_cancelled_backup_leaves_nothing()
    {
        string file = Bank("delete");
        using Peer user = Peer.Sqlite(_place, "hold", file, "EXCLUSIVE").Expect("HELD");
        using var stop = new CancellationTokenSource();
        Task backup = Task.Run(() => SqliteBackup.Run(file, _place.File("b.db"), null, stop.Token));
        Eventually.True(() => Left(_place.File("b.db")).Length > 0, "it has begun");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backup);
        Assert.Empty(Directory.GetFiles(_place.Path, "b.db*"));
    }

    private static SqliteError Fails(string path, string destination, SqliteBackupOptions? options = null) =>
        Assert.Throws<SqliteException>(() => SqliteBackup.Run(path, destination, options)).Error;
}

