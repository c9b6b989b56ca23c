using System;
using System.Collections.Generic;
using System.Management.Automation;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>What became of a block of Invoke-WithFileLock.</summary>
public sealed class LockedBlockResult
{
    internal LockedBlockResult(string[] name, string outcome, double waitedSec, IReadOnlyList<PSObject?> value)
    {
        Name = new ReadableList<string>(name);
        Outcome = outcome;
        WaitedSec = Math.Round(waitedSec, 3);
        Value = new ReadableList<PSObject?>(value);
    }

    /// <summary>The locks, by name or path.</summary>
    public IReadOnlyList<string> Name { get; }

    /// <summary>Ran, RanWithoutLock (-OnTimeout Proceed) or Skipped (-OnTimeout Skip).</summary>
    public string Outcome { get; }

    /// <summary>How many seconds were waited for the locks.</summary>
    public double WaitedSec { get; }

    /// <summary>The output of the block.</summary>
    public IReadOnlyList<PSObject?> Value { get; }
}
