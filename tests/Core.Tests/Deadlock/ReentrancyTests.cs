using System;
using System.Linq;
using System.Threading.Tasks;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Deadlock;

/// <summary>Whoever waits for itself is told so at once; whoever waits for another just waits.</summary>
public sealed class ReentrancyTests : IDisposable
{
    private readonly TestDirectory _place = new();

    private LockRequest Request => new(_place.Named("outer"));

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task The_flow_goes_on_across_await_and_tasks()
    {
        using LockLease held = FileLock.Acquire(Request);
        await Task.Yield();
        Expect.Error(LockError.LockReentered, () => FileLock.Acquire(Request));
        await Task.Run(() => Expect.Error(LockError.LockReentered, () => FileLock.Acquire(Request)));
        await Task.Run(async () =>
        {
            await Task.Yield();
            Expect.Error(LockError.LockReentered, () => FileLock.Acquire(Request));
        });
    }

    [Fact]
    public async Task Another_flow_of_the_process_waits_as_anybody_would()
    {
        LockLease held = FileLock.Acquire(Request);
        Task<LockLease> other = OtherFlow.Start(() => FileLock.Acquire(Request));
        Assert.NotSame(other, await Task.WhenAny(other, Task.Delay(200)));
        held.Dispose();
        other.Result("the grant to another flow").Dispose();
    }

    [Fact]
    public void Two_flows_that_call_themselves_one_are_one()
    {
        object runspace = new();
        LockLease held = OtherFlow.Start(() => FileLock.Acquire(Request with { Flow = runspace })).Result("the lock");
        Expect.Error(LockError.LockReentered, () => FileLock.Acquire(Request with { Flow = runspace }));
        Expect.Error(LockError.LockBusy, () => FileLock.Acquire(Request with { Flow = new object(), NoWait = true }));
        held.Dispose();
    }

    [Fact]
    public void A_lease_taken_on_a_thread_of_its_own_belongs_to_the_flow_that_enters_it()
    {
        using LockLease held = OtherFlow.Start(() => FileLock.Acquire(Request)).Result("the lock");
        Expect.Error(LockError.LockBusy, () => FileLock.Acquire(Request with { NoWait = true }));
        held.EnterFlow();
        Expect.Error(LockError.LockReentered, () => FileLock.Acquire(Request));
    }

    [Fact]
    public void After_the_release_the_same_flow_may_take_it_again()
    {
        for (int i = 0; i < 100; i++)
        {
            using LockLease outer = FileLock.Acquire(Request);
            using LockLease inner = FileLock.Acquire(new LockRequest(_place.Named("inner")));
        }
    }

    [Fact]
    public void Leases_released_in_the_order_they_were_taken_are_forgotten_all_the_same()
    {
        LockLease first = FileLock.Acquire(Request), second = FileLock.Acquire(new LockRequest(_place.Named("inner")));
        first.Dispose();
        FileLock.Acquire(Request).Dispose();
        second.Dispose();
        FileLock.Acquire(new LockRequest(_place.Named("inner"))).Dispose();
    }

    [Theory]
    [InlineData]
    [InlineData("--shared")]
    [InlineData("--slots", "1")]
    public void A_child_process_of_the_holder_is_told_instead_of_hanging(params string[] mode)
    {
        using LockLease held = FileLock.Acquire(Request with
        {
            Mode = mode.Length > 1 ? LockMode.Slot : LockMode.Exclusive,
            Slots = 1,
        });
        using Peer child = Peer.Procdedup(_place, ["lock", "outer", .. mode, "--", "true"]);
        (int code, _, string errors) = child.Finish();
        Assert.Equal(75, code);
        Assert.Contains("already held by a parent of this process, PID " + Environment.ProcessId, errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_child_waits_for_the_one_slot_of_several_that_is_not_its_parents()
    {
        LockRequest slot = Request with { Mode = LockMode.Slot, Slots = 2 };
        using LockLease held = FileLock.Acquire(slot);
        using Peer other = Peer.Locker(_place, "hold", "outer", "--slots", "2").Expect("HELD");
        using Peer child = Peer.Procdedup(_place, "lock", "outer", "--slots", "2", "--", "echo", "got it");
        KernelView.AwaitWaiters($"{_place.Named("outer").LockFile}.slot-2", 1);
        other.EndInput();
        Assert.Equal((0, "got it"), (child.WaitForExit(), child.Read("got it")));
    }

    [Fact]
    public void What_the_holder_left_in_the_background_gets_the_lock_after_it_when_it_has_a_timeout()
    {
        string done = _place.File("done");
        using Peer outer = Peer.Procdedup(
            _place, "lock", "outer", "--", "sh", "-c",
            $"\"$PROCDEDUP\" lock outer --timeout-sec 80 --quiet -- sh -c 'echo later > {done}.new; mv {done}.new {done}' < /dev/null > /dev/null 2>&1 & read go");
        KernelView.AwaitWaiters(_place.Named("outer").LockFile, 1);
        Assert.False(System.IO.File.Exists(done));
        outer.Say("go");
        Assert.Equal(0, outer.WaitForExit());
        Eventually.True(() => System.IO.File.Exists(done), "the lock for what was left in the background");
    }

    [Fact]
    public void An_orphan_that_nobody_waits_for_waits_without_a_timeout()
    {
        string done = _place.File("done");
        using Peer outer = Peer.Procdedup(
            _place, "lock", "outer", "--", "sh", "-c",
            $"(\"$PROCDEDUP\" lock outer -- sh -c 'echo later > {done}.new; mv {done}.new {done}' < /dev/null > {_place.File("log")} 2>&1 &); read go");
        KernelView.AwaitWaiters(_place.Named("outer").LockFile, 1);
        // Longer than the look that finds out about ancestors, which comes after 50 ms.
        Eventually.True(() => System.IO.File.ReadAllText(_place.File("log")).Contains("waiting for lock", StringComparison.Ordinal), "the notice after a second");
        outer.Say("go");
        Assert.Equal(0, outer.WaitForExit());
        Eventually.True(() => System.IO.File.Exists(done), "the lock for the orphan");
    }

    [Fact]
    public async Task A_task_that_outlives_the_hold_gets_the_lock_after_it_when_it_has_a_timeout()
    {
        LockLease held = FileLock.Acquire(Request);
        Task<LockLease> later = Task.Run(() => FileLock.Acquire(Request with { Timeout = Peer.Patience }));
        Assert.NotSame(later, await Task.WhenAny(later, Task.Delay(200)));
        held.Dispose();
        later.Result("the lock after the hold").Dispose();
    }

    [Theory]
    [InlineData("once")]
    [InlineData("build")]
    public void What_a_once_or_build_left_in_the_background_shares_its_result_when_it_has_a_timeout(string verb)
    {
        string inner = _place.File("inner"), ready = _place.File("ready");
        (string[] command, string script) = Nested(verb, $"--timeout-sec 80 -- sh \"$0\" > {inner}.new 2> /dev/null && mv {inner}.new {inner} < /dev/null & touch {ready}; read go; touch \"${{PROCESSDEDUP_OUT:-.}}/made\"; echo made");
        using Peer outer = StartNested(command, script);
        Eventually.True(() => System.IO.File.Exists(ready), "the work");
        Eventually.True(() => LockInspector.InspectAll(_place.Root).Any(l => l.Waiters.Count == 1), "the wait of the inner one");
        outer.Say("go");
        (int code, string output, _) = outer.Finish();
        Assert.Equal(0, code);
        Eventually.True(() => System.IO.File.Exists(inner), "the result for what was left in the background");
        Assert.Equal(output, System.IO.File.ReadAllText(inner).Trim());
    }

    [Theory]
    [InlineData("once")]
    [InlineData("build")]
    public void A_once_or_build_of_itself_is_told_to_give_a_timeout_instead_of_hanging(string verb)
    {
        (string[] command, string script) = Nested(verb, "-- sh \"$0\"; echo code $? >&2; touch \"${PROCESSDEDUP_OUT:-.}/made\"");
        using Peer outer = StartNested(command, script);
        (int code, _, string errors) = outer.Finish();
        Assert.Equal(0, code);
        Assert.Contains("Lock 'job' is already held by a parent of this process", errors, StringComparison.Ordinal);
        Assert.Contains("give a timeout", errors, StringComparison.Ordinal);
        Assert.Contains("code 75", errors, StringComparison.Ordinal);
    }

    // The same words inside and outside: of a build they are part of what is built.
    private (string[] Command, string Script) Nested(string verb, string rest)
    {
        string script = _place.File("script"), input = _place.File("input");
        System.IO.File.WriteAllText(input, "1");
        string[] command = verb == "once" ? ["once", "job"] : ["build", "job", "--input", input];
        System.IO.File.WriteAllText(script, $"cd {_place.Path}\n\"$PROCDEDUP\" {string.Join(' ', command)} {rest}\n");
        return (command, script);
    }

    // From the same directory as the inner one: the names of inputs are relative to it.
    private Peer StartNested(string[] command, string script) => Peer.Run(
        _place, "/bin/sh", "-c", $"cd {_place.Path}; exec \"$PROCDEDUP\" {string.Join(' ', command)} -- sh {script}");

    [Fact]
    public void Procdedup_inside_procdedup_is_told_instead_of_hanging()
    {
        using Peer outer = Peer.Procdedup(
            _place, "lock", "outer", "--", "sh", "-c", "\"$PROCDEDUP\" lock outer -- echo never; echo code $?");
        (int code, string output, string errors) = outer.Finish();
        Assert.Equal((0, "code 75"), (code, output));
        Assert.Contains("Lock 'outer' is already held by a parent of this process", errors, StringComparison.Ordinal);
        Assert.Contains("give a timeout", errors, StringComparison.Ordinal);
    }
}
