using System;

namespace ProcessDedup.Flight;

/// <summary>How a flight ended.</summary>
/// <param name="Result">What was wanted.</param>
/// <param name="IsLeader">This caller did the work.</param>
/// <param name="Waited">How long was waited for another one's work.</param>
/// <param name="Worked">How long this caller worked.</param>
internal readonly record struct FlightResult<TResult>(TResult Result, bool IsLeader, TimeSpan Waited, TimeSpan Worked)
{
    /// <summary>When: before those who wait for it are let on.</summary>
    public DateTimeOffset Ended { get; } = DateTimeOffset.UtcNow;
}
