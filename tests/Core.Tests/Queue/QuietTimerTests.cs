using System;
using System.Threading;
using ProcessDedup.Platform;
using Xunit;

namespace ProcessDedup.Tests.Queue;

public sealed class QuietTimerTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void A_timer_that_is_due_early_need_not_wait_for_one_that_is_due_late()
    {
        using var done = new ManualResetEventSlim();
        using var late = new QuietTimer(static () => { });
        using var early = new QuietTimer(done.Set);
        late.Schedule(TimeSpan.FromDays(1));
        early.Schedule(Soon);

        Assert.True(done.Wait(Patience));
    }

    // On the thread that calls back: none comes in between.
    [Fact]
    public void A_timer_that_is_scheduled_again_calls_back_at_the_later_time_only()
    {
        int calls = 0;
        using var done = new ManualResetEventSlim();
        using var again = new QuietTimer(() => Interlocked.Increment(ref calls));
        using var last = new QuietTimer(done.Set);
        using var first = new QuietTimer(() =>
        {
            again.Schedule(TimeSpan.Zero);
            again.Schedule(TimeSpan.FromDays(1));
            last.Schedule(TimeSpan.Zero);
        });
        first.Schedule(TimeSpan.Zero);

        Assert.True(done.Wait(Patience));
        Assert.Equal(0, calls);
    }

    [Fact]
    public void A_timer_that_was_disposed_of_is_silent_and_may_be_scheduled_in_vain()
    {
        int calls = 0;
        using var done = new ManualResetEventSlim();
        using var last = new QuietTimer(done.Set);
        using var gone = new QuietTimer(() => Interlocked.Increment(ref calls));
        using var first = new QuietTimer(() =>
        {
            gone.Schedule(TimeSpan.Zero);
            gone.Dispose();
            gone.Schedule(TimeSpan.Zero);
            last.Schedule(TimeSpan.Zero);
        });
        first.Schedule(TimeSpan.Zero);

        Assert.True(done.Wait(Patience));
        Assert.Equal(0, calls);
    }

    [Fact]
    public void A_callback_may_schedule_its_own_timer()
    {
        using var three = new CountdownEvent(3);
        QuietTimer? timer = null;
        timer = new QuietTimer(() =>
        {
            if (!three.Signal())
                timer!.Schedule(TimeSpan.Zero);
        });
        timer.Schedule(TimeSpan.Zero);

        Assert.True(three.Wait(Patience));
        timer.Dispose();
    }
}
