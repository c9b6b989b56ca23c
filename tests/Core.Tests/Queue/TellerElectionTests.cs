using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Locks;
using ProcessDedup.Platform;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Queue;

/// <summary>Who of many waiters tells: by what lies in their folder, without waiting for any minute.</summary>
public sealed class TellerElectionTests : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly List<WaitTeller> _waiters = [];

    public TellerElectionTests()
    {
        for (int i = 0; i < 8; i++)
            Waiter();
    }

    private string Folder => _place.Root.WaitsDirectory;

    private string Record => Assert.Single(Directory.GetFiles(Folder));

    public void Dispose()
    {
        _waiters.ForEach(w => w.Dispose());
        _place.Dispose();
    }

    [Fact]
    public void Of_all_that_ask_at_the_same_moment_one_tells()
    {
        using var start = new Barrier(_waiters.Count);
        Task<bool>[] asked = [.. _waiters.Select(waiter => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                return waiter.IsDue();
            },
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        Assert.Single(asked, task => task.Result("an answer"));
        Assert.Equal(0, Telling());
        Assert.Equal(ProcessIdentity.Current, TellerRecord.TryRead(Record)?.Process);
    }

    [Fact]
    public void A_minute_later_the_same_one_tells_again()
    {
        Assert.True(_waiters[3].IsDue());
        Change(record => record with { ToldUtcTicks = Ago(61) });
        Assert.Equal([3], Enumerable.Range(0, 8).Where(i => _waiters[i].IsDue()));
        Assert.Equal(0, Telling());
    }

    [Theory]
    [InlineData("killed", 1, 1)]
    [InlineData("alive", 1, 0)]
    [InlineData("alive", 90, 0)]
    [InlineData("alive", 121, 1)]
    [InlineData("left", 1, 0)]
    [InlineData("left", 61, 1)]
    [InlineData("garbage", 1, 1)]
    public void A_teller_is_followed_by_one_when_it_tells_no_more(string what, int toldAgo, int expected)
    {
        Assert.True(_waiters[0].IsDue());
        Change(record => record with
        {
            ToldUtcTicks = Ago(toldAgo),
            HasLeft = what == "left",
            Process = what == "killed" ? record.Process with { StartTicks = record.Process.StartTicks - 1 } : record.Process,
        });
        if (what == "garbage")
            File.WriteAllText(Record, "{");
        Assert.Equal(expected, _waiters.Skip(1).Count(w => w.IsDue()));
        Assert.Equal(0, _waiters.Skip(1).Count(w => w.IsDue()));
        Assert.True(File.Exists(Record), "one record, whoever tells");
    }

    [Fact]
    public void Nothing_is_told_of_a_wait_that_ends_while_its_holder_is_looked_up()
    {
        bool isOver = false;
        _waiters[0].TellIfDue(
            () =>
            {
                isOver = true;
                return "holder";
            },
            () => isOver, told => Assert.Fail("told of " + told));
        _waiters[1].TellIfDue(
            () =>
            {
                _waiters[1].Dispose();
                return "holder";
            },
            () => false, told => Assert.Fail("told of " + told));
    }

    [Fact]
    public void A_holder_that_cannot_be_seen_is_looked_for_once_more_before_anything_is_told()
    {
        List<string?> told = [];
        for (int i = 0; i < 3; i++)
            _waiters[0].TellIfDue<string>(() => null, () => false, told.Add);
        Assert.Equal([null], told);
        WaitTeller changing = Waiter(descriptor: 1);
        foreach (string? seen in new[] { null, "holder", "holder" })
            changing.TellIfDue(() => seen, () => false, told.Add);
        Assert.Equal([null, "holder"], told);
    }

    [Fact]
    public void Each_lock_and_each_fleet_is_told_of()
    {
        Assert.Equal(1, Telling());
        _waiters.Add(new WaitTeller(_place.Named("other"), descriptor: 2));
        _waiters.Add(new WaitTeller(_place.Named("busy"), descriptor: 2, "postgresql://db.example"));
        Assert.Equal(2, Telling());
    }

    [Theory]
    [InlineData("GITHUB_ACTIONS=true", "GITHUB_JOB", "RUNNER_NAME")]
    [InlineData("TF_BUILD=True", "SYSTEM_JOBID", "AGENT_NAME")]
    [InlineData("CI=true", "CI_JOB_ID", "BUILD_TAG")]
    public void All_logs_of_a_job_are_one_and_those_of_another_job_are_not(string system, params string[] job)
    {
        string[] ofSystem = system.Split('=');
        using var variables = new Variables(
            [(ofSystem[0], ofSystem[1]), .. job.Select(name => (name, "1"))], ["GITHUB_ACTIONS", "TF_BUILD"]);
        Assert.True(Waiter().IsDue());
        Assert.False(Waiter(descriptor: 1).IsDue());
        foreach (string name in job)
        {
            Environment.SetEnvironmentVariable(name, "2");
            Assert.True(Waiter().IsDue(), name);
        }
    }

    [Fact]
    public void Everybody_tells_where_nothing_can_be_written()
    {
        _place.Root.Prepare();
        if (Directory.Exists(Folder))
            Directory.Delete(Folder);
        File.WriteAllText(Folder, string.Empty);
        Assert.Equal(8, Telling());
        Assert.Equal(0, Telling());
    }

    [Fact]
    public void Who_knows_that_it_was_told_does_not_tell_again_when_the_record_is_gone()
    {
        Assert.True(_waiters[0].IsDue());
        Assert.False(_waiters[1].IsDue());
        File.Delete(Record);
        Assert.False(_waiters[1].IsDue());
        Assert.True(_waiters[2].IsDue());
    }

    [Fact]
    public void Who_waits_no_more_tells_no_more_and_leaves_nothing()
    {
        // The last one to leave has never asked.
        Assert.True(_waiters[0].IsDue());
        _waiters.ForEach(w => w.Dispose());
        Assert.Equal(0, Telling());
        Assert.Empty(Directory.GetFiles(Folder));
    }

    private WaitTeller Waiter(int descriptor = 2)
    {
        var waiter = new WaitTeller(_place.Named("busy"), descriptor);
        _waiters.Add(waiter);
        return waiter;
    }

    private int Telling() => _waiters.Count(w => w.IsDue());

    private void Change(Func<TellerRecord, TellerRecord> change)
    {
        string file = Record;
        change(Assert.IsType<TellerRecord>(TellerRecord.TryRead(file))).Write(file, 0x180);
    }

    private static long Ago(int seconds) => DateTime.UtcNow.AddSeconds(-seconds).Ticks;

    /// <summary>Environment variables of this process, which are as they were afterwards.</summary>
    private sealed class Variables : IDisposable
    {
        private readonly Dictionary<string, string?> _before = [];

        public Variables((string Name, string Value)[] set, string[] unset)
        {
            foreach ((string name, string? value) in unset.Select(n => (n, (string?)null)).Concat(set.Select(s => (s.Name, (string?)s.Value))))
            {
                _before.TryAdd(name, Environment.GetEnvironmentVariable(name));
                Environment.SetEnvironmentVariable(name, value);
            }
        }

        public void Dispose()
        {
            foreach ((string name, string? value) in _before)
                Environment.SetEnvironmentVariable(name, value);
        }
    }
}
