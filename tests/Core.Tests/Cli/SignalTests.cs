using System;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>Signals go to the command, and the lock ends with it, whoever is killed.</summary>
public sealed class SignalTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private LockRequest Request => new(_place.Named("x"));

    private void AssertFree() => FileLock.Acquire(Request with { NoWait = true }).Dispose();

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    [InlineData("QUIT")]
    [InlineData("USR1")]
    [InlineData("USR2")]
    public void A_signal_is_passed_on_to_the_command_which_decides_what_it_means(string signal)
    {
        using Peer procdedup = Peer.Procdedup(
            _place, "lock", "x", "--", "sh", "-c", $"trap 'echo got {signal}; exit 3' {signal}; echo ready; while :; do sleep 0.02; done");
        procdedup.Expect("ready");
        procdedup.Signal(signal);
        procdedup.Expect("got " + signal);
        Assert.Equal(3, procdedup.WaitForExit());
        AssertFree();
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    [InlineData("HUP", 129)]
    public void A_signal_while_it_waits_ends_it_and_the_command_never_runs(string signal, int code)
    {
        using Peer holder = Peer.Locker(_place, "hold", "x").Expect("HELD");
        using Peer procdedup = Peer.Procdedup(_place, "lock", "x", "--", "echo", "ran");
        KernelView.AwaitWaiters(_place.Named("x").LockFile, 1);
        procdedup.Signal(signal);
        (int ended, string output, _) = procdedup.Finish();
        Assert.Equal((code, ""), (ended, output));
        holder.EndInput();
        holder.Expect("RELEASED");
        AssertFree();
    }

    [Fact]
    public void The_lock_is_free_when_the_command_ends_even_if_it_left_something_in_the_background()
    {
        using Peer procdedup = Peer.Procdedup(
            _place, "lock", "x", "--", "sh", "-c", "sleep 600 > /dev/null 2>&1 < /dev/null & echo $!");
        string daemon = procdedup.Read("the daemon's PID");
        try
        {
            Assert.Equal(0, procdedup.WaitForExit());
            Assert.True(System.IO.Directory.Exists("/proc/" + daemon));
            AssertFree();
        }
        finally
        {
            Peer.Signal(int.Parse(daemon, System.Globalization.CultureInfo.InvariantCulture), "KILL");
        }
    }

    [Fact]
    public void A_killed_command_ends_procdedup_and_the_lock()
    {
        using Peer procdedup = Peer.Procdedup(_place, "lock", "x", "--", "sh", "-c", "echo $$; exec sleep 600");
        string command = procdedup.Read("the command's PID");
        Peer.Signal(int.Parse(command, System.Globalization.CultureInfo.InvariantCulture), "KILL");
        Assert.Equal(137, procdedup.WaitForExit());
        AssertFree();
    }

    [Fact]
    public void When_procdedup_is_killed_its_command_is_asked_to_end_and_nobody_enters_before_it_has()
    {
        string permission = _place.File("permission");
        using (Peer make = Peer.Run(_place, "mkfifo", permission))
            Assert.Equal(0, make.WaitForExit());
        // The kernel may ask more than once: whenever a thread of the killed parent goes.
        using Peer procdedup = Peer.Procdedup(
            _place, "lock", "x", "--", "sh", "-c",
            $"trap 'trap \"\" TERM; echo asked; read go < {permission}; echo ended; exit' TERM; echo ready; while :; do sleep 0.02; done");
        procdedup.Expect("ready");
        procdedup.Kill();
        procdedup.Expect("asked");
        Expect.Error(LockError.LockBusy, () => FileLock.Acquire(Request with { NoWait = true }));
        System.Threading.Tasks.Task<LockLease> wait = OtherFlow.Start(() => FileLock.Acquire(Request));
        KernelView.AwaitWaiters(_place.Named("x").LockFile, 1);
        System.IO.File.WriteAllText(permission, "go\n");
        procdedup.Await("ended");
        wait.Result("the lock after the command ended").Dispose();
    }

    [Fact]
    public void A_slot_is_kept_by_the_command_of_a_killed_procdedup_as_well()
    {
        using Peer procdedup = Peer.Procdedup(
            _place, "lock", "x", "--slots", "1", "--", "sh", "-c", "trap 'echo asked' TERM; echo $$; while :; do sleep 0.02; done");
        int command = int.Parse(procdedup.Read("the command's PID"), System.Globalization.CultureInfo.InvariantCulture);
        procdedup.Kill();
        procdedup.Expect("asked");
        LockRequest slot = Request with { Mode = LockMode.Slot, Slots = 1 };
        Expect.Error(LockError.LockBusy, () => FileLock.Acquire(slot with { NoWait = true }));
        Peer.Signal(command, "KILL");
        FileLock.Acquire(slot with { Timeout = TimeSpan.FromSeconds(30) }).Dispose();
    }
}
