using System;
using System.Globalization;
using System.IO;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>
/// The lock lasts as long as the work: when a signal ends <c>procdedup</c> or its command, the next one starts only when all
/// that the command started has ended. flock(1) has that from the descriptor which its children inherit.
/// </summary>
public sealed class CommandTreeTests : IDisposable
{
    // Says its PID, ignores SIGTERM, and goes on until the pipe lets it.
    private const string Worker = "trap \"\" TERM HUP INT; echo $$; read go < \"$GATE\"";

    private readonly TestDirectory _place = new();
    private readonly string _gate;

    public CommandTreeTests()
    {
        _gate = _place.File("gate");
        using Peer make = Peer.Run(_place, "mkfifo", _gate);
        Assert.Equal(0, make.WaitForExit());
    }

    public void Dispose() => _place.Dispose();

    private LockRequest Request => new(_place.Named("x"));

    private void AssertHeld()
    {
        Expect.Error(LockError.LockBusy, () => FileLock.Acquire(Request with { NoWait = true }));
        if (Programs.Find("flock") is not { } flock)
            return;
        using Peer other = Peer.Run(_place, flock, "-n", _place.Named("x").LockFile, "true");
        Assert.Equal(1, other.WaitForExit());
    }

    private void AssertFree() => FileLock.Acquire(Request with { NoWait = true }).Dispose();

    private void LetGo() => File.WriteAllText(_gate, "go\n");

    private static bool Runs(int process) => Directory.Exists(FormattableString.Invariant($"/proc/{process}"))
        && !File.ReadAllText(FormattableString.Invariant($"/proc/{process}/stat")).Contains(") Z ", StringComparison.Ordinal);

    private static int Number(Peer peer) => int.Parse(peer.Read("a PID"), CultureInfo.InvariantCulture);

    private Peer Start(params string[] command) => Start("600", command);

    private Peer Start(string grace, string[] command) => Peer.Run(
        _place, "env", ["GATE=" + _gate, Programs.Procdedup, "lock", "x", "--grace-sec", grace, "--", .. command]);

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public void After_a_cancelled_deploy_nobody_enters_before_the_child_of_its_script_has_ended(string signal, int code)
    {
        // bash runs a child and waits for it; SIGTERM ends bash alone.
        using Peer procdedup = Start("bash", "-c", $"bash -c '{Worker}' & echo $$; wait");
        int[] both = [Number(procdedup), Number(procdedup)];
        procdedup.Signal(signal);
        Eventually.True(() => both.Count(Runs) == 1, "the end of bash");
        AssertHeld();
        Assert.False(procdedup.HasExited);
        LetGo();
        Assert.Equal(code, procdedup.WaitForExit());
        AssertFree();
    }

    [Fact]
    public void A_child_that_inherited_no_descriptor_of_the_lock_keeps_it_as_well()
    {
        Assert.SkipWhen(Programs.Find("python3") is null, "python3 is not installed");
        // close_fds is what subprocess does unless told otherwise.
        using Peer procdedup = Start(
            "python3", "-c", $"import subprocess; subprocess.run(['sh', '-c', '''{Worker}'''], close_fds=True)");
        int worker = Number(procdedup), python = Parent(worker);
        procdedup.Signal("TERM");
        Eventually.True(() => Parent(worker) != python, "python's end");
        AssertHeld();
        LetGo();
        Assert.Equal(143, procdedup.WaitForExit());
        AssertFree();
    }

    private static int Parent(int process) => int.Parse(
        File.ReadAllLines(FormattableString.Invariant($"/proc/{process}/status")).Single(l => l.StartsWith("PPid:", StringComparison.Ordinal))[5..],
        CultureInfo.InvariantCulture);

    [Fact]
    public void What_left_by_a_double_fork_and_a_session_of_its_own_ends_with_the_others()
    {
        Assert.SkipWhen(Programs.Find("setsid") is null, "setsid (util-linux) is not installed");
        using Peer procdedup = Start("sh", "-c", "(setsid sh -c 'echo $$; exec sleep 600' &); sleep 600");
        int daemon = Number(procdedup);
        procdedup.Signal("TERM");
        Assert.Equal(143, procdedup.WaitForExit());
        Assert.False(Runs(daemon));
        AssertFree();
    }

    [Fact]
    public void What_does_not_end_is_killed_when_the_grace_is_over_and_named()
    {
        using Peer procdedup = Start("0.5", ["bash", "-c", $"bash -c '{Worker}' & wait"]);
        int worker = Number(procdedup);
        procdedup.Signal("TERM");
        (int code, _, string errors) = procdedup.Finish();
        Assert.Equal(143, code);
        Assert.False(Runs(worker));
        Assert.Contains(FormattableString.Invariant($"procdedup: killed bash (PID {worker}), started by the command: still running 0.5 s after the signal."), errors, StringComparison.Ordinal);
        AssertFree();
    }

    [Fact]
    public void A_second_signal_ends_the_grace()
    {
        using Peer procdedup = Start("bash", "-c", $"bash -c '{Worker}' & echo $$; wait");
        int[] both = [Number(procdedup), Number(procdedup)];
        procdedup.Signal("TERM");
        Eventually.True(() => both.Count(Runs) == 1, "the end of bash");
        Eventually.True(
            () =>
            {
                if (!procdedup.HasExited)
                    procdedup.Signal("TERM");
                return procdedup.HasExited;
            },
            "the end after another signal");
        Assert.DoesNotContain(both, Runs);
        AssertFree();
    }

    [Fact]
    public void A_killed_command_leaves_nobody_working_beside_the_next()
    {
        using Peer procdedup = Start("bash", "-c", $"bash -c '{Worker}' & echo $$; wait");
        int first = Number(procdedup), second = Number(procdedup);
        int worker = Parent(first) == second ? first : second, bash = worker == first ? second : first;
        Peer.Signal(bash, "KILL");
        Eventually.True(() => !Runs(bash), "the end of bash");
        AssertHeld();
        LetGo();
        Assert.Equal(137, procdedup.WaitForExit());
        AssertFree();
    }

    [Fact]
    public void A_stopped_holder_ends_with_all_that_its_command_started()
    {
        using Peer procdedup = Start("sh", "-c", "sh -c 'echo $$; sleep 600; true' & wait");
        int worker = Number(procdedup);
        using Peer stop = Peer.Procdedup(_place, "stop-holder", "x", "--yes");
        Assert.Equal(0, stop.WaitForExit());
        Assert.False(Runs(worker));
        AssertFree();
    }

    [Fact]
    public void Where_something_cannot_be_ended_the_lock_stays_held_and_says_by_whom()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && Programs.Find("setpriv") is not null, "needs root and setpriv (util-linux)");
        // Without CAP_KILL root may not end another user's process: as a user may not end what sudo started.
        using Peer procdedup = Peer.Run(
            _place, "setpriv", "--bounding-set", "-kill", "--inh-caps", "-kill",
            Programs.Procdedup, "lock", "x", "--grace-sec", "0", "--",
            "sh", "-c", "setpriv --reuid 65534 sh -c 'echo $$; exec sleep 600' & wait");
        int other = Number(procdedup);
        Eventually.True(() => File.ReadAllText(FormattableString.Invariant($"/proc/{other}/cmdline")).StartsWith("sleep", StringComparison.Ordinal), "sleep");
        procdedup.Signal("TERM");
        string who = FormattableString.Invariant($"sleep (PID {other}) of user ");
        Eventually.True(() => procdedup.Errors.Contains("procdedup: the locks stay held until the end of " + who, StringComparison.Ordinal), "the notice");
        AssertHeld();
        Eventually.True(
            () => LockInspector.Inspect(_place.Named("x")).Holders.Single().Progress?.StartsWith("waiting for the end of " + who, StringComparison.Ordinal) == true,
            "what the others see");
        Peer.Signal(other, "KILL");
        Assert.Equal(143, procdedup.WaitForExit());
        AssertFree();
    }

    [Fact]
    public void A_reload_by_a_signal_of_the_users_ends_nothing()
    {
        using Peer procdedup = Start("sh", "-c", "trap 'echo reloaded' USR1; sleep 600 > /dev/null 2>&1 < /dev/null & echo $!; read go < \"$GATE\"; read go < \"$GATE\"");
        int daemon = Number(procdedup);
        procdedup.Signal("USR1");
        procdedup.Expect("reloaded");
        LetGo();
        try
        {
            Assert.Equal(0, procdedup.WaitForExit());
            Assert.True(Runs(daemon));
            AssertFree();
        }
        finally
        {
            Peer.Signal(daemon, "KILL");
        }
    }

    [Fact]
    public void Orphans_that_end_while_the_command_runs_leave_no_zombies()
    {
        using Peer procdedup = Start("sh", "-c", "for i in 1 2 3 4 5; do (sh -c 'echo $$' &); done; read go < \"$GATE\"");
        int[] orphans = [.. Enumerable.Range(0, 5).Select(_ => Number(procdedup))];
        Eventually.True(() => !orphans.Any(id => Directory.Exists(FormattableString.Invariant($"/proc/{id}"))), "the last of them reaped");
        LetGo();
        Assert.Equal(0, procdedup.WaitForExit());
    }

    [Fact]
    public void When_procdedup_is_killed_a_child_of_its_command_keeps_the_lock()
    {
        Assert.SkipWhen(Programs.Find("setpriv") is null, "setpriv (util-linux) is not installed");
        using Peer procdedup = Start("bash", "-c", $"bash -c '{Worker}' & echo $$; wait");
        int[] both = [Number(procdedup), Number(procdedup)];
        procdedup.Kill();
        Eventually.True(() => both.Count(Runs) == 1, "the end of bash");
        AssertHeld();
        LetGo();
        FileLock.Acquire(Request with { Timeout = Peer.Patience }).Dispose();
    }

    [Theory]
    [InlineData("once")]
    [InlineData("build")]
    public void A_cancelled_once_or_build_leaves_nobody_working_beside_the_next(string verb)
    {
        string pid = _place.File("pid"), seen = _place.File("seen");
        File.WriteAllText(_place.File("input"), "1");
        string[] command = verb == "once" ? ["once", "job", "--"] : ["build", "job", "--input", _place.File("input"), "--"];
        // The same words both times: of a build they are part of what is built.
        string script = $$"""
            if [ -e {{pid}} ]; then
                kill -0 $(cat {{pid}}) && echo beside > {{seen}} || echo alone > {{seen}}
                touch "${PROCESSDEDUP_OUT:-{{_place.Path}}}/made"
            else
                bash -c 'trap "" TERM; echo $$ > {{pid}}.new; mv {{pid}}.new {{pid}}; exec sleep 600' &
                wait
            fi
            """;
        using Peer first = Peer.Procdedup(_place, [.. command, "bash", "-c", script]);
        Eventually.True(() => File.Exists(pid), "the work");
        first.Signal("TERM");
        using Peer second = Peer.Procdedup(_place, [.. command, "bash", "-c", script]);
        Assert.Equal(0, second.WaitForExit());
        Assert.Equal(143, first.WaitForExit());
        Assert.Equal("alone\n", File.ReadAllText(seen));
    }
}
