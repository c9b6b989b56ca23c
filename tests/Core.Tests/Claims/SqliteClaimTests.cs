using System;
using System.IO;
using System.Linq;
using ProcessDedup.Claims;
using ProcessDedup.Locks;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using ProcessDedup.Tests.Sqlite;
using Xunit;

namespace ProcessDedup.Tests.Claims;

/// <summary>Claims in the root's own database.</summary>
public sealed class ClaimsOfARoot : ClaimContract
{
    protected override ClaimStore Open() => ClaimStore.Open(Place.Root);

    [Fact]
    public void They_are_in_the_root_directory_and_a_look_does_not_make_it()
    {
        using ClaimStore store = Open();
        Assert.Empty(store.Find());
        string file = Path.Combine(Place.Home, "claims.db");
        Assert.False(File.Exists(file));
        Assert.Equal(file, store.Add(new ClaimRequest("builds", "k")).Path);
        Assert.True(File.Exists(file));
    }

    [Fact]
    public void A_root_of_several_users_has_none_of_its_own()
    {
        Directory.CreateDirectory(Place.Home);
        Modes.Set(Place.Home, (UnixFileMode)0x3ff);
        ClaimException failure = Expect(ClaimError.ClaimPathNeeded, () => ClaimStore.Open(Place.Root).Dispose());
        Assert.Contains("-Path", failure.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public void A_strict_root_takes_registered_namespaces_only()
    {
        NameRegistry registry = NameRegistry.Of(Place.Root);
        registry.SetStrict(true);
        using ClaimStore store = Open();
        Assert.Equal(LockError.LockNameUnregistered, Assert.Throws<LockException>(() => store.Add(new ClaimRequest("builds.nightly", "k"))).Error);
        registry.Register("builds", "Team A");
        Assert.Equal(ClaimOutcome.Won, store.Add(new ClaimRequest("builds.nightly", "k")).Outcome);
    }

    [Fact]
    public void The_token_is_not_in_the_file()
    {
        using (ClaimStore store = Open())
            store.Add(new ClaimRequest("builds", "k") { Token = "hunter2hunter2" });
        Assert.All(Directory.GetFiles(Place.Home), file => Assert.DoesNotContain("hunter2", File.ReadAllText(file), StringComparison.Ordinal));
    }
}

/// <summary>Claims in a file with a rollback journal, in which readers and the writer keep each other waiting.</summary>
public sealed class ClaimsInAFile : ClaimContract
{
    private readonly string _file;
    private readonly ITestOutputHelper _output;

    // Files that are open before the tables are changed keep the real ones.
    public ClaimsInAFile(ITestOutputHelper output)
    {
        _output = output;
        FaultyFiles.Install();
        _file = Create(Place.File("own.db"), "delete");
    }

    public override void Dispose()
    {
        FaultyFiles.Disarm();
        base.Dispose();
    }

    internal static string Create(string file, string journal)
    {
        var options = new SqliteOptions
        {
            Journal = journal == "wal" ? SqliteJournal.WriteAheadLog : SqliteJournal.Rollback,
        };
        SqliteRunner.Run(file, options, tx =>
        {
            ClaimTables.Ensure(tx);
            return true;
        });
        return file;
    }

    protected override ClaimStore Open() => ClaimStore.OpenFile(_file);

    [Theory]
    [InlineData("delete", false, 1)]
    [InlineData("delete", true, 1)]
    [InlineData("delete", true, 3)]
    [InlineData("wal", false, 1)]
    [InlineData("wal", true, 1)]
    [InlineData("wal", true, 3)]
    public void A_lost_acknowledgement_is_settled_for_the_winner_and_against_the_others(string journal, bool isDone, int times)
    {
        string file = Create(Place.File($"{journal}.db"), journal);
        int struck = 0;
        for (int call = 0; ; call++)
        {
            string key = $"k{call}";
            var plan = new FaultyFiles.Plan { Skip = call, Times = times, IsDone = isDone };
            ClaimResult won;
            using (ClaimStore store = ClaimStore.OpenFile(file))
            using (FaultyFiles.Arm(plan))
                won = store.Add(new ClaimRequest("builds", key));
            string story = string.Join(", ", plan.Struck);
            Assert.True((won.Outcome, won.Fence) == (ClaimOutcome.Won, 1), $"{won.Outcome} {won.Fence} after {story}");
            using ClaimStore other = ClaimStore.OpenFile(file);
            ClaimResult lost = other.Add(new ClaimRequest("builds", key));
            Assert.True((lost.Outcome, lost.Fence) == (ClaimOutcome.Lost, 1), $"{lost.Outcome} {lost.Fence} after {story}");
            Assert.Equal(ClaimOutcome.Won, other.Add(new ClaimRequest("builds", key) { Token = won.Token }).Outcome);
            if (plan.Hits == 0)
                break;
            struck++;
        }

        Assert.True(struck > 10, "there is something to fail");
    }

    [Theory]
    [InlineData("delete", FileCall.Delete, false)]
    [InlineData("delete", FileCall.Delete, true)]
    [InlineData("delete", FileCall.Sync, true)]
    [InlineData("wal", FileCall.Sync, false)]
    [InlineData("wal", FileCall.Sync, true)]
    public void Where_it_cannot_be_found_out_the_error_has_the_token_that_finds_out(string journal, FileCall call, bool isDone)
    {
        string file = Create(Place.File($"{journal}.db"), journal);
        var request = new ClaimRequest("builds", "k");
        Exception? failure;
        ClaimResult? won = null;
        using (ClaimStore store = ClaimStore.OpenFile(file, TimeSpan.FromMilliseconds(30)))
        using (FaultyFiles.Arm(new FaultyFiles.Plan { Calls = [call], Times = int.MaxValue, IsDone = isDone }))
            failure = Record.Exception(() => won = store.Add(request));
        _output.WriteLine($"{won?.Outcome} {(failure as DedupException)?.ErrorId}");

        using ClaimStore after = ClaimStore.OpenFile(file);
        if (failure is SqliteException known)
        {
            Assert.Equal(SqliteOutcome.NotCommitted, known.Outcome);
            Assert.Empty(after.Find());
            return;
        }

        string? token = won?.Token;
        if (failure is not null)
        {
            var unknown = Assert.IsType<ClaimException>(failure);
            Assert.Equal(ClaimError.ClaimOutcomeUnknown, unknown.Error);
            token = unknown.Token;
        }

        Assert.Equal(ClaimOutcome.Won, after.Add(new ClaimRequest("builds", "k") { Token = token }).Outcome);
        ClaimResult other = after.Add(request);
        Assert.Equal((ClaimOutcome.Lost, 1), (other.Outcome, (int)other.Fence));
    }

    [Fact]
    public void A_database_of_a_newer_version_is_refused()
    {
        using (ClaimStore first = Open())
            first.Add(new ClaimRequest("builds", "k"));
        SqliteRunner.Run(_file, null, tx => tx.Query("UPDATE processdedup_schema SET version = 2"));
        using ClaimStore store = Open();
        Assert.Equal(SqliteError.SqliteSchemaNewer, Assert.Throws<SqliteException>(() => store.Add(new ClaimRequest("builds", "k"))).Error);
    }

    [Fact]
    public void In_somebody_else_s_database_they_touch_neither_its_tables_nor_its_version_nor_its_id()
    {
        string file = Place.File("app.db");
        SqliteRunner.Run(file, new SqliteOptions { Journal = SqliteJournal.Rollback }, tx =>
        {
            tx.Execute("CREATE TABLE claim(a)");
            tx.Query("PRAGMA user_version = 41");
            return tx.Query("PRAGMA application_id = 77");
        });
        using (ClaimStore store = ClaimStore.OpenFile(file))
        {
            Assert.Equal(ClaimOutcome.Won, store.Add(new ClaimRequest("builds", "k")).Outcome);
            Assert.Equal(ClaimOutcome.Lost, store.Add(new ClaimRequest("builds", "k")).Outcome);
            Assert.Single(store.Find());
        }

        SqliteRunner.Run(file, null, tx =>
        {
            Assert.Equal<(object?, object?)>((41L, 77L), (tx.Query("PRAGMA user_version")[0][0], tx.Query("PRAGMA application_id")[0][0]));
            Assert.Equal(
                ["claim", "processdedup_claim", "processdedup_commit", "processdedup_schema"],
                tx.Query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").Select(row => (string)row[0]!));
            return true;
        });
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("wal")]
    [InlineData("empty")]
    public void A_look_changes_nothing_in_a_database_without_claims(string kind)
    {
        string file = Place.File("app.db");
        if (kind == "empty")
            File.WriteAllBytes(file, []);
        else
            SqliteRunner.Run(file, new SqliteOptions { Journal = kind == "wal" ? SqliteJournal.WriteAheadLog : SqliteJournal.Rollback }, tx => tx.Execute("CREATE TABLE t(a)"));
        byte[] before = File.ReadAllBytes(file);
        string[] names = Directory.GetFiles(Place.Path, "app.db*");
        using (ClaimStore store = ClaimStore.OpenFile(file))
        {
            Assert.Empty(store.Find());
            Assert.Empty(store.Find("builds", "k"));
        }

        Assert.Equal(before, File.ReadAllBytes(file));
        Assert.Equal(names, Directory.GetFiles(Place.Path, "app.db*"));
        // Only what writes makes an empty file a database.
        if (kind == "empty")
            return;
        using (ClaimStore store = ClaimStore.OpenFile(file))
            Assert.Equal(ClaimError.ClaimNotFound, Assert.Throws<ClaimException>(() => store.Remove("builds", "k", "token")).Error);
        Assert.Equal(before, File.ReadAllBytes(file));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/nonexistent/place/claims.db")]
    [InlineData("/")]
    public void A_path_that_is_not_fit_is_refused(string path) => Assert.Throws<SqliteException>(() =>
    {
        using ClaimStore store = ClaimStore.OpenFile(path);
        store.Add(new ClaimRequest("builds", "k"));
    });

    [Fact]
    public void Names_of_files_may_be_any()
    {
        string file = Path.Combine(Place.NewDirectory("mit Leerzeichen ünd 💡"), "what?.db");
        using ClaimStore store = ClaimStore.OpenFile(file);
        Assert.Equal(ClaimOutcome.Won, store.Add(new ClaimRequest("builds", "k")).Outcome);
    }
}
