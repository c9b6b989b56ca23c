using System;

namespace ProcessDedup.Cmdlets;

/// <summary>-Since as a moment.</summary>
internal static class SinceMoment
{
    /// <summary>Without it, all that is there.</summary>
    public static DateTimeOffset Of(DateTime? since)
    {
        try
        {
            return since is { } moment ? new DateTimeOffset(moment) : DateTimeOffset.MinValue;
        }
        catch (ArgumentOutOfRangeException)
        {
            // Near the first and the last day of the calendar a time zone may lead out of it.
            return since!.Value.Year < 2 ? DateTimeOffset.MinValue : DateTimeOffset.MaxValue;
        }
    }
}
