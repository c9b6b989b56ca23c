using System;
using System.Diagnostics;
using System.IO;
using System.Net.Http;
using System.Text;
using System.Threading;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Http;

/// <summary>
/// A server asked for patience: every process that shares this cache and asks as the same user then waits. One small file a
/// scope, in hosts/; whatever is wrong with it, it is as if it were not there.
/// </summary>
/// <param name="cacheDirectory">Where hosts/ is.</param>
/// <param name="waits">Is given the time left before each wait.</param>
internal sealed class HostEmbargo(string cacheDirectory, Action<TimeSpan>? waits = null)
{
    /// <summary>No fetch waits longer for a server; beyond it the fetch fails.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private const string Folder = "hosts";

    // Enough to tell a few users and paths apart; a clash costs a wait that was not needed.
    private const int HashDigits = 32;

    private readonly CacheSalt _salt = new(new StoreLayout(cacheDirectory));

    /// <summary>As which user a request asks; empty if nothing in it says so.</summary>
    public string IdentityOf(HttpSource source, HttpRequestMessage request)
    {
        string sent = RequestLogin.SentIn(request, source.Proxy) + source.Access.Identity;
        return sent.Length == 0 ? string.Empty : _salt.HashOf(sent);
    }

    /// <summary>Asks for nothing in this scope for so long from now on; a longer cool-down stays.</summary>
    public void Begin(CooldownScope scope, TimeSpan span) => MarkOf(scope).Set(span);

    /// <summary>How long the address must not be asked by this user yet.</summary>
    public TimeSpan Remaining(Uri uri, string identity)
    {
        TimeSpan longest = TimeSpan.Zero;
        foreach (CooldownScope scope in CooldownScope.Around(uri, identity))
        {
            TimeSpan left = MarkOf(scope).Remaining;
            longest = left > longest ? left : longest;
        }

        return longest;
    }

    /// <summary>Returns once the address may be asked.</summary>
    /// <param name="uri">What is to be asked.</param>
    /// <param name="identity">As which user.</param>
    /// <param name="most">How long may be waited; ten minutes are the most in any case.</param>
    /// <param name="cancelled">Ends the wait.</param>
    /// <exception cref="FetchException">FetchRateLimited: that is later than there is time.</exception>
    public void Wait(Uri uri, string identity, TimeSpan most, CancellationToken cancelled)
    {
        long begun = Stopwatch.GetTimestamp();
        for (TimeSpan left = Remaining(uri, identity); left > TimeSpan.Zero; left = Remaining(uri, identity))
        {
            if (left > LongestWait || left > most - Stopwatch.GetElapsedTime(begun))
                throw FetchFailures.Embargoed(HttpSource.Show(uri), left);
            waits?.Invoke(left);
            // In pieces, as another process may have lengthened it; the handle ends the wait when it is cancelled.
            cancelled.WaitHandle.WaitOne(left + TimeSpan.FromMilliseconds(1));
            cancelled.ThrowIfCancellationRequested();
        }
    }

    // An IPv6 address has colons, which no file name on Windows may have.
    private TimedMark MarkOf(CooldownScope scope)
    {
        var name = new StringBuilder();
        foreach (char c in scope.Host.ToLowerInvariant())
            name.Append(c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '-' ? c : '_');
        string rest = scope.IsForAll ? string.Empty : string.Concat("_", ContentHash.HexOf(scope.Identity + "\n" + scope.Path).AsSpan(0, HashDigits));
        return new TimedMark(Path.Combine(cacheDirectory, Folder, FormattableString.Invariant($"{name}_{scope.Port}{rest}.json")));
    }
}
