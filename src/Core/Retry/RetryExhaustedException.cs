using System;
using ProcessDedup.Messages;

namespace ProcessDedup.Retry;

/// <summary>Every attempt failed. The last error is the inner exception.</summary>
public sealed class RetryExhaustedException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="attempts">How many attempts were made.</param>
    /// <param name="elapsed">How long they took, waits included.</param>
    /// <param name="last">What the last one failed with.</param>
    public RetryExhaustedException(int attempts, TimeSpan elapsed, Exception last)
        : base(
            Messages.Message.Of(
                Key.RetryExhaustedCause, attempts, attempts == 1 ? string.Empty : "s", elapsed.TotalSeconds, last?.Message),
            last)
    {
        Attempts = attempts;
        Elapsed = elapsed;
    }

    /// <summary>How many attempts were made.</summary>
    public int Attempts { get; }

    /// <summary>How long they took, waits included.</summary>
    public TimeSpan Elapsed { get; }
}
