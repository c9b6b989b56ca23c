using System;
using System.Globalization;
using System.IO;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>
/// SIGKILL of procdedup alone, as a timeout of Python's subprocess or `timeout -k` sends it, while the command runs a program that
/// inherited no descriptor of the lock. flock(1) lets the next one in here.
/// </summary>
public sealed class KilledProcdedupTests : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly string _gate;

    public KilledProcdedupTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has subreapers");
        Assert.SkipWhen(Programs.Find("python3") is null, "python3 is not installed");
        _gate = _place.File("gate");
        using Peer make = Peer.Run(_place, "mkfifo", _gate);
        Assert.Equal(0, make.WaitForExit());
    }

    public void Dispose() => _place.Dispose();

    private LockRequest Request => new(_place.Named("x"));

    // close_fds is what subprocess does unless told otherwise. The worker says its PID and goes on until the pipe lets it.
    private string[] Python => ["python3", "-c", $"import subprocess; subprocess.run(['sh', '-c', '''trap \"\" TERM; echo $$; read go < {_gate}'''], close_fds=True)"];

    private Peer Start() => Peer.Procdedup(_place, ["lock", "x", "--grace-sec", "600", "--", .. Python]);

    private void AssertHeld() => Expect.Error(LockError.LockBusy, () => FileLock.Acquire(Request with { NoWait = true }));

    private void AssertFreeOnceTheWorkerHasEnded(int worker)
    {
        AssertHeld();
        // By a process that can be given up: without a reader the pipe cannot be opened.
        using Peer go = Peer.Run(_place, "sh", "-c", $"echo go > {_gate}");
        Assert.Equal(0, go.WaitForExit());
        FileLock.Acquire(Request with { Timeout = Peer.Patience }).Dispose();
        Assert.False(Runs(worker));
    }

    private static bool Runs(int process)
    {
        string stat = FormattableString.Invariant($"/proc/{process}/stat");
        return File.Exists(stat) && !File.ReadAllText(stat).Contains(") Z ", StringComparison.Ordinal);
    }

    private static int Parent(int process) => int.Parse(
        File.ReadAllLines(FormattableString.Invariant($"/proc/{process}/status")).Single(l => l.StartsWith("PPid:", StringComparison.Ordinal))[5..],
        CultureInfo.InvariantCulture);

    private static int Number(Peer peer) => int.Parse(peer.Read("a PID"), CultureInfo.InvariantCulture);

    [Fact]
    public void When_procdedup_is_killed_what_its_command_started_without_the_lock_keeps_it_until_its_end()
    {
        using Peer procdedup = Start();
        int worker = Number(procdedup), python = Parent(worker);
        procdedup.Kill();
        Eventually.True(() => !Runs(python), "the end of python, which was asked to end");
        AssertFreeOnceTheWorkerHasEnded(worker);
    }

    [Fact]
    public void A_kill_after_the_polite_signal_ends_the_grace_and_the_lock_is_free_after_the_worker()
    {
        using Peer procdedup = Start();
        int worker = Number(procdedup), python = Parent(worker);
        procdedup.Signal("TERM");
        Eventually.True(() => !Runs(python), "the end of python");
        AssertHeld();
        procdedup.Kill();
        FileLock.Acquire(Request with { Timeout = Peer.Patience }).Dispose();
        Assert.False(Runs(worker));
    }

    [Fact]
    public void When_the_guard_is_killed_instead_procdedup_keeps_the_lock()
    {
        using Peer procdedup = Start();
        int worker = Number(procdedup), guard = Parent(Parent(worker));
        Assert.Equal(procdedup.Id, Parent(guard));
        Peer.Signal(guard, "KILL");
        Eventually.True(() => Parent(worker) == procdedup.Id, "the end of python, and the adoption of its child");
        AssertFreeOnceTheWorkerHasEnded(worker);
        Assert.Equal(137, procdedup.WaitForExit());
    }

    [Theory]
    [InlineData("once")]
    [InlineData("build")]
    public void A_killed_once_or_build_leaves_nobody_working_beside_the_next(string verb)
    {
        string pid = _place.File("pid"), seen = _place.File("seen");
        File.WriteAllText(_place.File("input"), "1");
        string[] command = verb == "once" ? ["once", "job", "--"] : ["build", "job", "--input", _place.File("input"), "--"];
        string script = $$"""
            import os, subprocess
            if os.path.exists('{{pid}}'):
                beside = os.path.exists('/proc/' + open('{{pid}}').read().strip())
                open('{{seen}}', 'w').write('beside' if beside else 'alone')
                open(os.environ.get('PROCESSDEDUP_OUT', '{{_place.Path}}') + '/made', 'w').close()
            else:
                subprocess.run(['sh', '-c', 'trap "" TERM; echo $$ > {{pid}}.new; mv {{pid}}.new {{pid}}; exec sleep 600'])
            """;
        using Peer first = Peer.Procdedup(_place, [.. command, "python3", "-c", script]);
        Eventually.True(() => File.Exists(pid), "the work");
        first.Kill();
        using Peer second = Peer.Procdedup(_place, [.. command, "python3", "-c", script]);
        Assert.Equal(0, second.WaitForExit());
        Assert.Equal("alone", File.ReadAllText(seen));
    }
}
