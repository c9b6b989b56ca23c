using System;
using System.IO;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>procdedup's exit codes: the command's own, or one that says what stood in the way.</summary>
public sealed class ExitCodeTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        using Peer procdedup = Peer.Procdedup(_place, arguments);
        procdedup.EndInput();
        return procdedup.Finish();
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 1", 1)]
    [InlineData("exit 42", 42)]
    [InlineData("exit 255", 255)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("kill -KILL $$", 137)]
    public void A_command_that_ran_gives_its_own(string script, int code) =>
        Assert.Equal((code, "", ""), Run("lock", "x", "--", "sh", "-c", script));

    [Fact]
    public void Not_granted_ends_with_the_code_that_was_chosen_as_with_flock()
    {
        using Peer holder = Peer.Locker(_place, "hold", "x").Expect("HELD");
        foreach (int code in new[] { 0, 1, 75, 99, 255 })
        {
            string text = code.ToString(System.Globalization.CultureInfo.InvariantCulture);
            (int ours, string output, string errors) = Run("lock", "x", "--no-wait", "--conflict-exit-code", text, "--", "echo", "ran");
            Assert.Equal((code, ""), (ours, output));
            Assert.Contains("Lock 'x'", errors, StringComparison.Ordinal);
            if (Programs.Find("flock") is not { } flock)
                continue;
            using Peer theirs = Peer.Run(_place, flock, "-n", "-E", text, _place.Named("x").LockFile, "true");
            Assert.Equal(code, theirs.WaitForExit());
        }

        Assert.Equal(99, Run("lock", "x", "--timeout-sec", "0.1", "--conflict-exit-code", "99", "--", "true").Code);
        // A job's own 75 is not taken for it.
        Assert.Equal(75, Run("lock", "y", "--conflict-exit-code", "99", "--", "sh", "-c", "exit 75").Code);
        foreach (string wrong in new[] { "-1", "256", "x" })
            Assert.Equal(64, Run("lock", "x", "--conflict-exit-code", wrong, "--", "true").Code);
    }

    [Fact]
    public void Quiet_says_nothing_of_a_wait_nor_of_a_command_that_is_skipped()
    {
        using Peer holder = Peer.Locker(_place, "hold", "x").Expect("HELD");
        Assert.Equal((0, "", ""), Run("lock", "x", "--no-wait", "--on-timeout", "skip", "--quiet", "--", "echo", "ran"));
        using Peer loud = Peer.Procdedup(_place, "lock", "x", "--", "true");
        using Peer quiet = Peer.Procdedup(_place, "lock", "x", "--quiet", "--", "true");
        Eventually.True(() => loud.Errors.Contains("waiting for lock 'x'", StringComparison.Ordinal), "the notice of the loud one");
        KernelView.AwaitWaiters(_place.Named("x").LockFile, 1);
        holder.EndInput();
        Assert.Equal((0, "", ""), quiet.Finish());
        Assert.Equal(0, loud.WaitForExit());
    }

    [Fact]
    public void Stale_locks_are_cleared_by_name()
    {
        Assert.Equal(0, Run("lock", "a", "b", "--", "true").Code);
        Assert.Equal((0, "cleared 'a'\n1 cleared, 0 left."), Cleared("a"));
        Assert.False(File.Exists(_place.Named("a").LockFile));
        Assert.True(File.Exists(_place.Named("b").LockFile));
    }

    private (int Code, string Output) Cleared(string name)
    {
        (int code, string output, _) = Run("clear-stale", name, "--older-than-hours", "0");
        return (code, output);
    }

    [Theory]
    [InlineData("locks")]
    [InlineData("doctor")]
    public void What_looks_at_locks_says_below_which_root(string command)
    {
        (_, string output, string errors) = Run(command);
        Assert.Contains("Root directory: " + _place.Home, output + errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_that_is_not_there_is_127_and_one_that_cannot_run_126()
    {
        (int code, _, string errors) = Run("lock", "x", "--", "no-such-command-anywhere");
        Assert.Equal(127, code);
        Assert.Contains("'no-such-command-anywhere' was not found", errors, StringComparison.Ordinal);
        string text = _place.File("text");
        File.WriteAllText(text, "no program");
        Assert.Equal(126, Run("lock", "x", "--", text).Code);
    }

    [Theory]
    [InlineData]
    [InlineData("unknown")]
    [InlineData("lock")]
    [InlineData("lock", "x")]
    [InlineData("lock", "x", "--")]
    [InlineData("lock", "--", "true")]
    [InlineData("lock", "", "--", "true")]
    [InlineData("lock", "a/b", "--", "true")]
    [InlineData("lock", ".hidden", "--", "true")]
    [InlineData("lock", "--file", "", "--", "true")]
    [InlineData("lock", "--file", "/", "--", "true")]
    [InlineData("lock", "x", "--file", "/tmp/x", "--", "true")]
    [InlineData("lock", "x", "--slots", "0", "--", "true")]
    [InlineData("lock", "x", "--slots", "129", "--", "true")]
    [InlineData("lock", "x", "--slots", "many", "--", "true")]
    [InlineData("lock", "x", "--shared", "--slots", "2", "--", "true")]
    [InlineData("lock", "x", "--shared", "--slots", "many", "--", "true")]
    [InlineData("lock", "x", "--no-wait", "--timeout-sec", "soon", "--", "true")]
    [InlineData("once", "x", "--no-wait", "--timeout-sec", "soon", "--", "true")]
    [InlineData("build", "x", "--no-wait", "--timeout-sec", "soon", "--", "true")]
    [InlineData("lock", "x", "--no-wait", "--timeout-sec", "1", "--", "true")]
    [InlineData("lock", "x", "--timeout-sec", "-1", "--", "true")]
    [InlineData("lock", "x", "--timeout-sec", "NaN", "--", "true")]
    [InlineData("lock", "x", "--on-timeout", "perhaps", "--", "true")]
    [InlineData("lock", "x", "--no-such-option", "--", "true")]
    [InlineData("clear-stale", "--older-than-hours", "-1")]
    [InlineData("locks", "a/b")]
    public void Wrong_usage_is_64_with_a_reason_and_the_command_does_not_run(params string[] arguments)
    {
        (int code, string output, string errors) = Run(arguments);
        Assert.Equal((64, ""), (code, output));
        Assert.StartsWith("procdedup: ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lock_that_was_not_got_is_75_and_the_command_does_not_run()
    {
        using Peer holder = Peer.Locker(_place, "hold", "x").Expect("HELD");
        foreach (string[] how in new[] { ["--no-wait"], new[] { "--timeout-sec", "0.05" } })
        {
            (int code, string output, string errors) = Run(["lock", "x", .. how, "--", "echo", "ran"]);
            Assert.Equal((75, ""), (code, output));
            Assert.Contains("PID " + holder.Id, errors, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("--no-wait")]
    [InlineData("--timeout-sec", "0.05")]
    public void On_timeout_skip_is_success_without_the_command_and_proceed_runs_it_all_the_same(params string[] how)
    {
        using Peer holder = Peer.Locker(_place, "hold", "x").Expect("HELD");
        (int code, string output, string errors) = Run(["lock", "x", .. how, "--on-timeout", "skip", "--", "echo", "ran"]);
        Assert.Equal((0, ""), (code, output));
        Assert.Contains("The command is skipped.", errors, StringComparison.Ordinal);
        (code, output, errors) = Run(["lock", "x", .. how, "--on-timeout", "proceed", "--", "sh", "-c", "echo ran; exit 7"]);
        Assert.Equal((7, "ran"), (code, output));
        Assert.Contains("The command runs without the lock.", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void On_timeout_covers_up_no_other_failure()
    {
        (int code, string output, _) = Run("lock", "--file", "/no/such/directory/x", "--on-timeout", "proceed", "--", "echo", "ran");
        Assert.Equal((78, ""), (code, output));
    }

    [Fact]
    public void Timeout_zero_waits_for_ever()
    {
        using Peer holder = Peer.Locker(_place, "hold", "x").Expect("HELD");
        using Peer waiting = Peer.Procdedup(_place, "lock", "x", "--timeout-sec", "0", "--", "echo", "ran");
        KernelView.AwaitWaiters(_place.Named("x").LockFile, 1);
        holder.EndInput();
        Assert.Equal((0, "ran"), (waiting.WaitForExit(), waiting.Read("ran")));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("lock", "--help")]
    [InlineData("locks", "--help")]
    [InlineData("clear-stale", "--help")]
    [InlineData("sqlite", "--help")]
    [InlineData("doctor", "--help")]
    public void Help_is_success(params string[] arguments)
    {
        (int code, string output, string errors) = Run(arguments);
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("Usage:", output, StringComparison.Ordinal);
    }
}
