using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Fetch;
using ProcessDedup.Flight;
using ProcessDedup.Locks;
using ProcessDedup.Platform;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Flight;

/// <summary>What becomes of those who wait when the leader fails, dies or hangs.</summary>
public sealed class SharedFailureTests : IDisposable
{
    private const int Waiters = 8;

    private readonly Caching _it = new();
    private readonly List<Peer> _peers = [];

    public void Dispose()
    {
        _peers.ForEach(p => p.Dispose());
        _it.Dispose();
    }

    [Fact]
    public void What_a_block_says_when_it_fails_is_told_to_others_without_what_looks_like_a_secret()
    {
        var failures = new SharedFailures(_it.Layout);
        MachineMoment asked = MachineMoment.Now;
        failures.Tell("k", string.Empty, FetchFailures.ProducerFailed("tools", "curl https://ci:hunter2@example.org/?sig=abcdef failed, token=hunter2."));
        string told = failures.Find("k", string.Empty, asked)!.Message;
        Assert.Contains("tools", told, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", told, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", File.ReadAllText(_it.Layout.FailureFile("k")), StringComparison.Ordinal);
    }

    [Fact]
    public void All_who_wait_fail_at_once_with_a_leader_that_is_told_404()
    {
        var answer = new TaskCompletionSource();
        string url = _it.Origin.Handle("/missing", async context =>
        {
            await answer.Task;
            context.Response.StatusCode = 404;
        });
        AllFail(url, answer.SetResult, "FetchNotFound");
        // Who asks later tries for himself.
        Assert.Equal(FetchStatus.Downloaded, _it.Get(_it.Origin.Serve("/missing", 1000)).Status);
        Assert.Equal(2, _it.Origin.Count("/missing"));
    }

    [Fact]
    public void All_who_wait_for_the_same_hash_fail_at_once_with_a_leader_that_is_sent_something_else()
    {
        OriginFile file = Gated("/wrong", at: 100_000);
        AllFail(file, file.Gate!.Open, "FetchHashMismatch", "--sha256", new string('0', 64));
        Assert.Empty(Directory.GetFiles(_it.Layout.Blobs, "*", SearchOption.AllDirectories));
        Assert.Equal(0, _it.CheckRecords());
        Assert.Equal(FetchStatus.Downloaded, _it.Get(file, "--sha256", Caching.HashOf(file)).Status);
        Assert.Equal(2, _it.Origin.Count("/wrong"));
    }

    /// <summary>The failure is only that of who expected the same.</summary>
    [Fact]
    public void Who_waits_for_another_hash_than_the_leader_that_failed_tries_for_himself()
    {
        OriginFile file = Gated("/scope", at: 100_000);
        Peer leader = Begin(file, "--sha256", new string('0', 64));
        file.Gate!.WaitReached();
        Peer waiter = Begin(file, "--sha256", Caching.HashOf(file));
        _it.AwaitWaiters(1);
        file.Gate.Open();
        Assert.Equal("FetchHashMismatch", Assert.Single(Caching.AnswersOf(leader)).ErrorId);
        Assert.Equal(FetchStatus.Downloaded, Assert.Single(Caching.AnswersOf(waiter)).Status);
    }

    [Fact]
    public void A_failure_of_before_is_nobodys_who_waits_for_a_later_leader()
    {
        Assert.Equal("FetchNotFound", _it.Get(_it.Origin.Url("/once-missing")).ErrorId);
        OriginFile file = Gated("/once-missing", at: 1_500_000);
        Peer leader = Begin(file);
        file.Gate!.WaitReached();
        Peer waiter = Begin(file);
        _it.AwaitWaiters(1);
        leader.Kill();
        file.Gate.Open();
        Assert.Null(Assert.Single(Caching.AnswersOf(waiter)).ErrorId);
    }

    [Fact]
    public void When_the_leader_is_killed_one_of_the_waiters_goes_on_where_it_was_and_the_others_reuse()
    {
        OriginFile file = Gated("/killed", at: 1_500_000);
        Peer leader = Begin(file);
        file.Gate!.WaitReached();
        List<Peer> waiters = [.. Enumerable.Range(0, Waiters).Select(_ => Begin(file, "--read"))];
        _it.AwaitWaiters(Waiters);
        AwaitPart(1_500_000);
        leader.Kill();
        Eventually.True(() => _it.Origin.Count("/killed") == 2, "a waiter asks for the rest");
        Assert.Equal("bytes=1500000-", _it.Origin.Requests[^1].Range);
        file.Gate.Open();
        List<Answer> answers = [.. waiters.SelectMany(Caching.AnswersOf)];
        Assert.Single(answers, a => a.Status == FetchStatus.Resumed);
        Assert.Equal(Waiters - 1, answers.Count(a => a.Status == FetchStatus.Waited));
        Assert.All(answers, a => Assert.Equal(Caching.HashOf(file), a.Digest));
        Assert.Equal(2, _it.Origin.Count("/killed"));
        // What was sent is counted once it is: its reader may be faster.
        Eventually.True(() => _it.Origin.Requests[^1].BytesSent == 1_500_000, "the rest alone is sent");
    }

    [Fact]
    public void Who_will_not_wait_for_ever_for_a_stopped_leader_downloads_too_and_both_are_right()
    {
        OriginFile file = Gated("/stopped", at: 1_500_000);
        Peer leader = Begin(file, "--read");
        file.Gate!.WaitReached();
        leader.Signal("STOP");
        // Long enough to come to the lock with code that has to be compiled first.
        Peer impatient = Begin(file, "--read", "--timeout-sec", "3");
        Assert.Equal("LockTimeout", Assert.Single(Caching.AnswersOf(impatient)).ErrorId);
        OriginGate gate = file.Gate;
        file.Gate = null;
        Peer second = Begin(file, "--read", "--timeout-sec", "5", "--proceed");
        Answer proceeded = Assert.Single(Caching.AnswersOf(second));
        Assert.True(proceeded.Status == FetchStatus.Downloaded, proceeded.ToString());
        Assert.Equal(Caching.HashOf(file), proceeded.Digest);
        leader.Signal("CONT");
        gate.Open();
        Answer late = Assert.Single(Caching.AnswersOf(leader));
        Assert.Equal(FetchStatus.Downloaded, late.Status);
        Assert.Equal(proceeded.Path, late.Path);
        Assert.Equal(1, _it.CheckContent());
        Assert.Equal(1, _it.CheckRecords());
    }

    [Fact]
    public void A_waiter_sees_who_leads_and_how_far_the_leader_is()
    {
        OriginFile file = Gated("/seen", at: 1_500_000);
        Peer leader = Begin(file);
        file.Gate!.WaitReached();
        AwaitPart(1_500_000);
        var request = new FetchRequest(file) { MaxAge = TimeSpan.Zero };
        FetchResult? result = null;
        var waiter = new Thread(() => result = _it.Cache.Get(request));
        waiter.Start();
        Eventually.True(() => request.Activity.Awaited is not null, "the fetch waits");
        LockHolder? holder = null;
        Eventually.True(
            () => (holder = Assert.Single(LockInspector.Inspect(request.Activity.Awaited!).Holders)).Progress?.Contains(" of 3 MB (", StringComparison.Ordinal) == true,
            "the leader tells how far it is");
        Assert.Equal(leader.Id, holder!.ProcessId);
        Assert.Equal(file.Url, holder.Reason);
        file.Gate.Open();
        Assert.True(waiter.Join(Peer.Patience));
        Assert.Null(request.Activity.Awaited);
        Assert.Equal(FetchStatus.Waited, result!.Status);
        Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"PID {leader.Id} on "), result.Leader, StringComparison.Ordinal);
        Assert.True(result.WaitedSec > 0);
    }

    private OriginFile Gated(string path, long at)
    {
        OriginFile file = _it.Origin.Serve(path, 3_000_000, etag: "\"v1\"");
        file.CacheControl = "max-age=600";
        file.Gate = new OriginGate(at);
        return file;
    }

    private Peer Begin(params IEnumerable<string> words)
    {
        Peer peer = _it.Getter(words);
        _peers.Add(peer);
        peer.Expect("READY");
        peer.Say("go");
        return peer;
    }

    private void AllFail(string url, Action answer, string error, params string[] options)
    {
        List<Peer> all = [.. Enumerable.Range(0, Waiters + 1).Select(_ => Begin([url, .. options]))];
        _it.AwaitWaiters(Waiters);
        answer();
        Assert.All(all.SelectMany(Caching.AnswersOf), a => Assert.Equal(error, a.ErrorId));
        Assert.Single(_it.Origin.Requests);
    }

    private void AwaitPart(long bytes) => Eventually.True(
        () => Directory.EnumerateFiles(_it.Layout.Partial, "data", SearchOption.AllDirectories).Any(f => new FileInfo(f).Length == bytes),
        $"{bytes} bytes are on the disk");
}
