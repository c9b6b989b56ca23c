using System;
using System.Collections.Generic;
using System.Management.Automation;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>How a transaction of Invoke-SqliteRetry ended.</summary>
public sealed class SqliteRetryResult
{
    internal SqliteRetryResult(
        string? path, string outcome, int attempts, double waitedSec, IReadOnlyList<PSObject?> value, DedupException? failure)
    {
        Path = path;
        Outcome = outcome;
        Attempts = attempts;
        WaitedSec = Math.Round(waitedSec, 3);
        Value = new ReadableList<PSObject?>(value);
        FailureId = failure?.ErrorId;
        Failure = failure?.Message;
    }

    /// <summary>The database; null where the block uses a library of its own.</summary>
    public string? Path { get; }

    /// <summary>
    /// Committed, Skipped or Unknown. Where the block uses a library of its own: Committed if it succeeded. With -NoTransaction: Completed
    /// or Skipped.
    /// </summary>
    public string Outcome { get; }

    /// <summary>How often it was tried.</summary>
    public int Attempts { get; }

    /// <summary>How many seconds were waited between the tries.</summary>
    public double WaitedSec { get; }

    /// <summary>The rows, or the output of the block.</summary>
    public IReadOnlyList<PSObject?> Value { get; }

    /// <summary>The name of the error that <see cref="Failure"/> describes, which does not change: "SqliteBusy"; null without one.</summary>
    public string? FailureId { get; }

    /// <summary>Why it was skipped, or what went wrong at COMMIT although it is there; null if nothing did.</summary>
    public string? Failure { get; }
}
