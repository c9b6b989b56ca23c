using System;
using ProcessDedup.Platform;

namespace ProcessDedup.Coordination;

/// <summary>What the machines of a fleet know of one flight: its last result, and its last failure.</summary>
internal sealed record FleetRecord
{
    /// <summary>The fencing number of the last one who wrote.</summary>
    public long Fence { get; init; }

    /// <summary>The entry of the index as JSON; null if nothing has come of it yet.</summary>
    public byte[]? Entry { get; init; }

    /// <summary>Length of the content that is kept with it; null if none is.</summary>
    public long? ContentSize { get; init; }

    /// <summary>
    /// When it was written, as a moment of this machine: reckoned back from the time before the question by how long ago the
    /// server says that it was. Never later than it really was, whatever any machine's clock says.
    /// </summary>
    public MachineMoment Committed { get; init; }

    /// <summary>How old the answer was when it was written.</summary>
    public TimeSpan Age { get; init; }

    /// <summary>How long ago it was written, at least.</summary>
    public TimeSpan Since { get; init; }

    /// <summary>The failure as JSON; null if there is none, or it went well since.</summary>
    public byte[]? Failure { get; init; }

    /// <summary>When that was written, reckoned in the same way.</summary>
    public MachineMoment Failed { get; init; }

    /// <summary>The same, known to have been written last not before then.</summary>
    // A result takes away the failure of before; a failure leaves the result.
    public FleetRecord NotBefore(MachineMoment moment) => Failure is null
        ? this with { Committed = Later(Committed, moment) }
        : this with { Failed = Later(Failed, moment) };

    private static MachineMoment Later(MachineMoment one, MachineMoment other) => one.Ticks < other.Ticks ? other : one;
}
