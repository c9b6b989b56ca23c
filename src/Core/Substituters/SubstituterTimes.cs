using System;
using ProcessDedup.Fetch;
using ProcessDedup.Retry;

namespace ProcessDedup.Substituters;

/// <summary>Are the times of the options possible? Asked before anything is done.</summary>
internal static class SubstituterTimes
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(LongestDurations.SubstituterSec);

    /// <exception cref="FetchException"><see cref="FetchError.FetchOptionsInvalid"/></exception>
    public static void Check(SubstituterOptions options)
    {
        Check(nameof(options.ConnectTimeout), options.ConnectTimeout);
        Check(nameof(options.StallTimeout), options.StallTimeout);
        Check(nameof(options.NegativeTtl), options.NegativeTtl);
        Check(nameof(options.Pause), options.Pause);
    }

    private static void Check(string name, TimeSpan time)
    {
        if (time < TimeSpan.Zero || time > Longest)
            throw FetchFailures.SubstituterTimeInvalid(name, time);
    }
}
