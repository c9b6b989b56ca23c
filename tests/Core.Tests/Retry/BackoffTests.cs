using System;
using ProcessDedup.Retry;
using Xunit;

namespace ProcessDedup.Tests.Retry;

public sealed class BackoffTests
{
    private static readonly Backoff Usual = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10));

    [Theory]
    [InlineData(1, 100)]
    [InlineData(2, 200)]
    [InlineData(3, 400)]
    [InlineData(7, 6400)]
    [InlineData(8, 10000)]
    [InlineData(int.MaxValue, 10000)]
    public void The_longest_wait_doubles_up_to_the_cap(int attempt, double milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Usual.After(attempt, 1));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.25, 100)]
    [InlineData(0.5, 200)]
    public void The_wait_is_any_part_of_that(double random, double milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Usual.After(3, random));

    [Fact]
    public void What_the_other_side_asks_for_is_the_least_whatever_the_cap() =>
        Assert.Equal(TimeSpan.FromMinutes(1), Usual.After(1, 0.5, floor: TimeSpan.FromMinutes(1)));

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, -0.1)]
    [InlineData(1, 1.1)]
    [InlineData(1, double.NaN)]
    public void Nonsense_is_refused(int attempt, double random) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Usual.After(attempt, random));
}
