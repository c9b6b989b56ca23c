namespace ProcessDedup.Locks;

/// <summary>How a holder came to hold no more.</summary>
public enum StopOutcome
{
    /// <summary>It ended when it was asked to (SIGTERM).</summary>
    Ended,

    /// <summary>It was killed (SIGKILL, TerminateProcess).</summary>
    Killed,

    /// <summary>It released the lock and goes on.</summary>
    Released,

    /// <summary>It was gone, or did not hold the lock any more, before anything was done.</summary>
    AlreadyGone,

    /// <summary>It holds the lock still: the system has not ended it yet, as happens while a disk or a share does not answer.</summary>
    StillRunning,
}

/// <summary>A holder that was stopped.</summary>
/// <param name="Name">The lock's name, or its path.</param>
/// <param name="Holder">Who held it.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="WasForced">True if it had to be killed.</param>
/// <param name="WaitedSec">Seconds from the request to the end.</param>
public sealed record StoppedHolder(string Name, LockHolder Holder, StopOutcome Outcome, bool WasForced, double WaitedSec);
