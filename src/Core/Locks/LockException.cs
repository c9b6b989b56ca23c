using System;

namespace ProcessDedup.Locks;

/// <summary>A lock could not be used. Says which, why, and what to do next.</summary>
public class LockException : DedupException
{
    /// <summary>Creates the error; see <see cref="LockFailures"/> for the texts.</summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="target">The lock's name or path.</param>
    /// <param name="cause">The reason, as a sentence without the next step.</param>
    /// <param name="nextStep">What the reader can do now.</param>
    /// <param name="inner">The system's own error.</param>
    public LockException(LockError error, string target, string cause, string nextStep, Exception? inner = null)
        : base(target, cause, nextStep, inner) => Error = error;

    /// <summary>The error of a lock that was lost while it was held; see <see cref="LockLease.GetLostToken"/>.</summary>
    public static LockException Lost(string target) => LockFailures.Lost(target);

    /// <summary>What went wrong.</summary>
    public LockError Error { get; }

    /// <inheritdoc/>
    public override string ErrorId => Error.ToString();
}

/// <summary>The lock was not got: within the time given, or at once.</summary>
public sealed class LockTimeoutException : LockException
{
    /// <summary>Creates the error.</summary>
    public LockTimeoutException(LockError error, string target, string cause, string nextStep, LockStatus? status, TimeSpan waited)
        : base(error, target, cause, nextStep)
    {
        Status = status;
        Waited = waited;
    }

    /// <summary>Who held the lock and who waited when the time was up; null if that could not be told.</summary>
    public LockStatus? Status { get; }

    /// <summary>How long was waited.</summary>
    public TimeSpan Waited { get; }
}
