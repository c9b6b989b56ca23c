using System;
using System.Threading;

namespace ProcessDedup.Substituters;

/// <summary>
/// One substituter, as files by their paths ("artifacts/v1/…", "packs/…"). Whatever goes wrong there is a
/// <see cref="SubstituterFault"/>; used by one thread.
/// </summary>
internal interface ISubstituterStore : IDisposable
{
    /// <summary>A small file, within the one short timeout; null if it is not there.</summary>
    byte[]? TryRead(string path, int largest, CancellationToken cancelled);

    /// <summary>Hands a file over from its beginning to its end; false if it is not there.</summary>
    bool TryReceive(string path, PackReceiver receiver, CancellationToken cancelled);

    /// <summary>Length of a file; null if it is not there, or its length is not told.</summary>
    long? TrySize(string path, CancellationToken cancelled);

    /// <summary>Makes a file appear whole, in place of one that may be there.</summary>
    /// <param name="path">Where.</param>
    /// <param name="file">A local file with the content.</param>
    /// <param name="advance">Is told of bytes that are on their way.</param>
    /// <param name="cancelled">Ends it.</param>
    void Put(string path, string file, Action<long> advance, CancellationToken cancelled);
}

/// <summary>Is told how a restoration goes, on the thread that restores; must be quick and must not throw.</summary>
internal interface ISubstituterWatch
{
    /// <summary>An artifact is on its way.</summary>
    /// <param name="from">The substituter, fit to be shown.</param>
    /// <param name="done">Bytes that have come.</param>
    /// <param name="total">Bytes that are to come.</param>
    void Receiving(string from, long done, long total);

    /// <summary>A sentence about a substituter that did not help.</summary>
    void Told(string sentence);
}
