using System;
using ProcessDedup.Retry;
using Xunit;

namespace ProcessDedup.Tests.Retry;

public sealed class RetryScheduleTests
{
    private static readonly Backoff Second = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));

    [Fact]
    public void There_are_as_many_attempts_as_asked_for()
    {
        var schedule = new RetrySchedule(Second, 3, Deadline.Never, () => 1);
        Assert.Equal(1, schedule.Attempt);
        Assert.Equal(TimeSpan.FromSeconds(1), schedule.Next());
        Assert.Equal(TimeSpan.FromSeconds(1), schedule.Next());
        Assert.Equal(3, schedule.Attempt);
        Assert.Null(schedule.Next());
        Assert.Equal(3, schedule.Attempt);
    }

    [Fact]
    public void A_wait_that_would_end_after_the_deadline_is_not_begun()
    {
        var schedule = new RetrySchedule(Second, 9, Deadline.After(TimeSpan.FromMinutes(10)), () => 1);
        Assert.NotNull(schedule.Next());
        Assert.Null(schedule.Next(floor: TimeSpan.FromMinutes(11)));
    }

    [Fact]
    public void A_deadline_of_zero_is_none_and_one_beyond_all_time_is_none_either()
    {
        Assert.True(Deadline.After(TimeSpan.Zero).IsNever);
        Assert.True(Deadline.After(TimeSpan.MaxValue).Remaining > TimeSpan.FromDays(36500));
        Assert.False(Deadline.After(TimeSpan.MaxValue).IsOver);
        Assert.Throws<ArgumentOutOfRangeException>(() => Deadline.After(TimeSpan.FromTicks(-1)));
    }

    [Fact]
    public void A_deadline_that_is_over_has_nothing_remaining()
    {
        Deadline deadline = Deadline.After(TimeSpan.FromTicks(1));
        while (!deadline.IsOver)
        {
            // A tenth of a microsecond.
        }

        Assert.Equal(TimeSpan.Zero, deadline.Remaining);
    }
}
