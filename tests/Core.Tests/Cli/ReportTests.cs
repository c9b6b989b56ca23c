using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>What procdedup tells people and scripts: notices, locks, clear-stale, doctor.</summary>
public sealed class ReportTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        using Peer procdedup = Peer.Procdedup(_place, arguments);
        return procdedup.Finish();
    }

    [Fact]
    public void A_wait_of_more_than_a_second_says_once_whom_it_is_for()
    {
        using Peer holder = Peer.Locker(_place, "hold", "x", "--reason", "restoring packages").Expect("HELD");
        OwnerFile.Await(_place.Named("x"));
        using Peer waiting = Peer.Procdedup(_place, "lock", "x", "--", "echo", "ran");
        Eventually.True(() => waiting.Errors.Length > 0, "the notice");
        holder.EndInput();
        (int code, string output, string errors) = waiting.Finish();
        Assert.Equal((0, "ran"), (code, output));
        string notice = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("procdedup: waiting for lock 'x', held by ", notice, StringComparison.Ordinal);
        Assert.Contains($"PID {holder.Id}", notice, StringComparison.Ordinal);
        Assert.EndsWith(": restoring packages", notice, StringComparison.Ordinal);
    }

    // Where the machine takes longer than that over it, it was no short wait, and nothing is learnt.
    [Fact]
    public void A_short_wait_says_nothing() => Eventually.True(IsShortWaitSilent, "a wait of less than a second");

    private bool IsShortWaitSilent()
    {
        using Peer holder = Peer.Locker(_place, "hold", "x").Expect("HELD");
        var clock = Stopwatch.StartNew();
        TimeSpan before = TimeSpan.Zero, look = TimeSpan.Zero;
        using Peer waiting = Peer.Procdedup(_place, "lock", "x", "--", "echo", "ran");
        Eventually.True(
            () =>
            {
                (before, look) = (look, clock.Elapsed);
                return KernelView.Waiters(_place.Named("x").LockFile).Count > 0;
            },
            "the waiter");
        holder.EndInput();
        waiting.Expect("ran");
        bool isShort = clock.Elapsed - before < TimeSpan.FromSeconds(1);
        (int code, _, string errors) = waiting.Finish();
        Assert.Equal(0, code);
        Assert.True(errors.Length == 0 || !isShort, errors);
        return isShort;
    }

    [Fact]
    public void Locks_as_json_have_holders_and_waiters_in_order()
    {
        using Peer holder = Peer.Locker(_place, "hold", "busy", "--reason", "testing").Expect("HELD");
        using Peer first = Peer.Locker(_place, "hold", "busy");
        KernelView.AwaitWaiters(_place.Named("busy").LockFile, 1);
        using Peer second = Peer.Procdedup(_place, "lock", "busy", "--", "true");
        KernelView.AwaitWaiters(_place.Named("busy").LockFile, 2);
        Assert.Equal(0, Run("lock", "idle", "--", "true").Code);
        OwnerFile.Await(_place.Named("busy"));

        (int code, string output, _) = Run("locks", "--json");
        Assert.Equal(0, code);
        JsonElement[] locks = [.. JsonDocument.Parse(output).RootElement.EnumerateArray()];
        Assert.Equal(["busy", "idle"], locks.Select(l => l.GetProperty("name").GetString()));
        Assert.Equal(["Exclusive", "Free"], locks.Select(l => l.GetProperty("state").GetString()));
        JsonElement owner = Assert.Single(locks[0].GetProperty("holders").EnumerateArray());
        Assert.Equal(holder.Id, owner.GetProperty("processId").GetInt32());
        Assert.Equal("testing", owner.GetProperty("reason").GetString());
        Assert.True(owner.GetProperty("isVerified").GetBoolean());
        IEnumerable<int> waiters = locks[0].GetProperty("waiters").EnumerateArray().Select(w => w.GetProperty("processId").GetInt32());
        Assert.Equal([first.Id, second.Id], waiters);
    }

    [Fact]
    public void Locks_as_text_fit_on_a_line_each()
    {
        Assert.Equal((0, "No locks.", $"Root directory: {_place.Home}\n"), Run("locks"));
        using Peer holder = Peer.Locker(_place, "hold", "busy").Expect("HELD");
        string[] lines = Run("locks").Output.Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.Matches($@"^busy\s+held\s+\S.*PID {holder.Id}", lines[1]);
        Assert.Contains("free", Run("locks", "never-used").Output, StringComparison.Ordinal);
        Assert.Contains("held", Run("locks", "--file", _place.Named("busy").LockFile).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Clear_stale_does_what_its_dry_run_says_and_leaves_what_is_held()
    {
        Assert.Equal(0, Run("lock", "old", "--", "true").Code);
        using Peer holder = Peer.Locker(_place, "hold", "held").Expect("HELD");
        OwnerFile.Await(_place.Named("held"));
        string[] before = Directory.GetFiles(_place.Root.LocksDirectory);
        (int code, string output, _) = Run("clear-stale", "--dry-run", "--older-than-hours", "0");
        Assert.Equal(0, code);
        Assert.Contains("would clear 'old'", output, StringComparison.Ordinal);
        Assert.Contains("1 would be cleared, 1 left.", output, StringComparison.Ordinal);
        Assert.Equal(before.Order(), Directory.GetFiles(_place.Root.LocksDirectory).Order());
        Assert.Contains("0 cleared, 2 left.", Run("clear-stale").Output, StringComparison.Ordinal);
        Assert.Contains("1 cleared, 1 left.", Run("clear-stale", "--older-than-hours", "0").Output, StringComparison.Ordinal);
        Assert.False(File.Exists(_place.Named("old").LockFile));
        Assert.True(File.Exists(_place.Named("held").LockFile));
    }

    [Fact]
    public void Doctor_finds_this_machine_well_and_leaves_nothing_behind()
    {
        string directory = _place.NewDirectory("here");
        (int code, string output, string errors) = Run("doctor", "--directory", directory);
        Assert.Equal((0, ""), (code, errors));
        Assert.EndsWith("Locks work here.", output, StringComparison.Ordinal);
        Assert.Contains("ok      SQLite can be loaded (3.", output, StringComparison.Ordinal);
        Assert.DoesNotContain("FAILED", output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(directory));
        Assert.Equal(0, Run("doctor").Code);
    }

    [Fact]
    public void A_crashed_holder_is_told_to_the_next_and_only_to_that_one()
    {
        using Peer holder = Peer.Locker(_place, "hold", "x", "--reason", "half done").Expect("HELD");
        OwnerFile.Await(_place.Named("x"));
        holder.Kill();
        Assert.Contains("died holding it", Run("locks").Output, StringComparison.Ordinal);
        string errors = Run("lock", "x", "--", "true").Errors;
        Assert.Contains("the last holder of lock 'x' died holding it", errors, StringComparison.Ordinal);
        Assert.Contains("half done", errors, StringComparison.Ordinal);
        Assert.Equal("", Run("lock", "x", "--", "true").Errors);
    }
}
