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
