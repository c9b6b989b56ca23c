using System;
using System.IO;
using System.Text;
using System.Threading;
using ProcessDedup.Retry;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Http;

/// <summary>
/// A host asked for patience: every process that shares this cache then leaves it alone. One small file a host, in
/// hosts/; whatever is wrong with it, it is as if it were not there.
/// </summary>
internal sealed class HostEmbargo(string cacheDirectory)
{
    /// <summary>Nobody waits longer for a host; beyond it the fetch fails.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private const string Folder = "hosts";

    /// <summary>Leaves the host alone for so long from now on; an embargo that lasts longer stays.</summary>
    public void Begin(Uri uri, TimeSpan span) => MarkOf(uri).Set(span);

    /// <summary>How long the host is to be left alone yet.</summary>
    public TimeSpan Remaining(Uri uri) => MarkOf(uri).Remaining;

    /// <summary>Returns once the host may be asked.</summary>
    /// <exception cref="FetchException">FetchRateLimited: that is later than there is time.</exception>
    public void Wait(Uri uri, Deadline deadline, CancellationToken cancelled)
    {
        for (TimeSpan left = Remaining(uri); left > TimeSpan.Zero; left = Remaining(uri))
        {
            if (left > LongestWait || left > deadline.Remaining)
                throw FetchFailures.Embargoed(HttpSource.Show(uri), left);
            // In pieces, as another process may have lengthened it; the handle ends the wait when it is cancelled.
            cancelled.WaitHandle.WaitOne(left + TimeSpan.FromMilliseconds(1));
            cancelled.ThrowIfCancellationRequested();
        }
    }

    // An IPv6 address has colons, which no file name on Windows may have.
    private TimedMark MarkOf(Uri uri)
    {
        var name = new StringBuilder();
        foreach (char c in uri.IdnHost.ToLowerInvariant())
            name.Append(c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '-' ? c : '_');
        return new TimedMark(Path.Combine(cacheDirectory, Folder, FormattableString.Invariant($"{name}_{uri.Port}.json")));
    }
}
