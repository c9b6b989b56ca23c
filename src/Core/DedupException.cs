using System;

namespace ProcessDedup;

/// <summary>Something that was asked for could not be done. Says what, why, and what to do next.</summary>
public abstract class DedupException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="target">The thing: a lock's name, an address, a path. Nothing secret.</param>
    /// <param name="cause">The reason, as a sentence without the next step.</param>
    /// <param name="nextStep">What the reader can do now.</param>
    /// <param name="inner">The system's own error.</param>
    protected DedupException(string target, string cause, string nextStep, Exception? inner)
        : base($"{cause} {nextStep}", inner)
    {
        Target = target;
        Cause = cause;
        NextStep = nextStep;
    }

    /// <summary>A name for this kind of error that does not change: "LockTimeout".</summary>
    public abstract string ErrorId { get; }

    /// <summary>The thing.</summary>
    public string Target { get; }

    /// <summary>The reason alone.</summary>
    public string Cause { get; }

    /// <summary>The next step alone.</summary>
    public string NextStep { get; }
}
