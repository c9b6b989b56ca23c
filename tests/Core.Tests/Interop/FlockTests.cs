using System;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Interop;

/// <summary>flock(1) of util-linux and a lock by path are one lock.</summary>
public sealed class FlockTests : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly string _file;

    public FlockTests()
    {
        Assert.SkipWhen(Programs.Find("flock") is null, "flock(1) (util-linux) is not installed");
        _file = _place.File("f");
    }

    private LockRequest Request => new(LockTarget.FromPath(_file));

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("-x", LockMode.Exclusive, false)]
    [InlineData("-x", LockMode.Shared, false)]
    [InlineData("-s", LockMode.Exclusive, false)]
    [InlineData("-s", LockMode.Shared, true)]
    public void It_keeps_us_out_and_lets_us_in_when_it_ends(string kind, LockMode mode, bool together)
    {
        using Peer flock = Peer.Run(_place, "flock", kind, _file, "-c", "echo in; read go");
        flock.Expect("in");
        if (together)
        {
            FileLock.Acquire(Request with { Mode = mode, NoWait = true }).Dispose();
            return;
        }

        Expect.Error(LockError.LockBusy, () => FileLock.Acquire(Request with { Mode = mode, NoWait = true }));
        System.Threading.Tasks.Task<LockLease> wait = OtherFlow.Start(() => FileLock.Acquire(Request with { Mode = mode }));
        KernelView.AwaitWaiters(_file, 1);
        flock.EndInput();
        wait.Result("the lock after flock(1)").Dispose();
    }

    [Theory]
    [InlineData(LockMode.Exclusive)]
    [InlineData(LockMode.Shared)]
    [InlineData(LockMode.Slot)]
    public void We_keep_it_out_and_let_it_in_when_we_release(LockMode mode)
    {
        LockLease held = FileLock.Acquire(Request with { Mode = mode, Slots = 2 });
        using (Peer busy = Peer.Run(_place, "flock", "-n", "-E", "99", _file, "-c", "echo in"))
            Assert.Equal((99, ""), (busy.WaitForExit(), string.Join('\n', busy.ReadToEnd())));
        using Peer waiting = Peer.Run(_place, "flock", _file, "-c", "echo in");
        KernelView.AwaitWaiters(_file, 1);
        held.Dispose();
        waiting.Expect("in");
    }

    [Fact]
    public void A_counter_that_both_increase_never_loses_a_step()
    {
        string counter = _place.File("count");
        System.IO.File.WriteAllText(counter, "0");
        string step(string locker) => $"i=0; while [ $i -lt 15 ]; do {locker} sh -c 'n=$(cat {counter}); echo $((n + 1)) > {counter}' || exit 1; i=$((i + 1)); done";
        using Peer theirs = Peer.Run(_place, "/bin/sh", "-c", step("flock " + _file));
        using Peer ours = Peer.Run(_place, "/bin/sh", "-c", step($"\"$PROCDEDUP\" lock --file {_file} --"));
        Assert.Equal((0, "", ""), theirs.Finish());
        ours.FinishInSilence();
        Assert.Equal("30", System.IO.File.ReadAllText(counter).Trim());
    }
}
