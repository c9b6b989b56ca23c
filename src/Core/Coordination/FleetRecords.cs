using System;
using System.Threading;

namespace ProcessDedup.Coordination;

/// <summary>
/// Where the machines of a fleet leave each other what came of their flights: a row a key. Nothing here excludes anybody; a row
/// is written whole, and not by whoever has lost the lock to one who has written since.
/// </summary>
public abstract class FleetRecords
{
    /// <summary>Rows that nobody has used for so long are removed by those who write.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    /// <summary>What is known of a key; null: nothing.</summary>
    internal abstract FleetRecord? Find(string key, CancellationToken cancellation);

    /// <summary>The content that is kept with a record; null if the record is another one by now.</summary>
    internal abstract byte[]? ReadContent(string key, long fence, CancellationToken cancellation);

    /// <summary>Writes a result.</summary>
    /// <param name="key">64 hexadecimal digits.</param>
    /// <param name="fence">Of the lock under which it came about; null if there was none.</param>
    /// <param name="entry">The entry of the index as JSON.</param>
    /// <param name="content">What belongs to it, packed; null: it is elsewhere, or there is none.</param>
    /// <param name="age">How old the answer is.</param>
    /// <param name="cancellation">Ends it; then it is not known whether it was written.</param>
    /// <returns>False if somebody has written who has got the lock since.</returns>
    internal abstract bool Write(string key, long? fence, byte[] entry, byte[]? content, TimeSpan age, CancellationToken cancellation);

    /// <summary>Writes that it failed; what came of it before stays.</summary>
    internal abstract bool WriteFailure(string key, long? fence, byte[] failure, CancellationToken cancellation);

    /// <summary>Removes what nobody has used for so long. Returns how many rows.</summary>
    /// <exception cref="CoordinatorException">The server cannot be asked.</exception>
    public abstract long Prune(TimeSpan unused, CancellationToken cancellation = default);

    /// <summary>Nothing is asked for a while: no connection is kept for it.</summary>
    internal abstract void Rest();
}
