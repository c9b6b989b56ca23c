using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Text.Json;
using System.Threading;
using ProcessDedup.Platform;
using ProcessDedup.Retry;

namespace ProcessDedup.Fetch.Http;

/// <summary>
/// A host asked for patience: every process that shares this cache then leaves it alone. One small file a host, in
/// hosts/; whatever is wrong with it, it is as if it were not there.
/// </summary>
internal sealed class HostEmbargo(string cacheDirectory)
{
    /// <summary>Nobody waits longer for a host; beyond it the fetch fails.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan LongestEmbargo = TimeSpan.FromDays(1);
    private const string Folder = "hosts";
    private const int LongestRecord = 1024;

    /// <summary>Leaves the host alone for so long from now on; an embargo that lasts longer stays.</summary>
    public void Begin(Uri uri, TimeSpan span)
    {
        if (span > LongestEmbargo)
            span = LongestEmbargo;
        if (span <= TimeSpan.Zero || Remaining(uri) >= span)
            return;
        try
        {
            FileSystem.CreatePrivateDirectory(Path.Combine(cacheDirectory, Folder));
            FileSystem.WriteAtomically(PathOf(uri), ToJson(MachineMoment.Now, span), FileSystem.ReadableFile);
        }
        catch (PlatformException)
        {
            // The others then learn it from the host itself.
        }
    }

    /// <summary>How long the host is to be left alone yet.</summary>
    public TimeSpan Remaining(Uri uri)
    {
        if (FileSystem.TryReadSmall(PathOf(uri), LongestRecord) is not { } content)
            return TimeSpan.Zero;
        try
        {
            using var document = JsonDocument.Parse(content);
            JsonElement json = document.RootElement;
            var begun = new MachineMoment(
                json.GetProperty("boot").GetString() ?? string.Empty,
                json.GetProperty("ticks").GetInt64(),
                json.GetProperty("utc").GetDateTimeOffset());
            double seconds = json.GetProperty("seconds").GetDouble();
            return seconds > 0 && seconds <= LongestEmbargo.TotalSeconds ? Remaining(begun, TimeSpan.FromSeconds(seconds)) : TimeSpan.Zero;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            return TimeSpan.Zero;
        }
    }

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

    private static TimeSpan Remaining(MachineMoment begun, TimeSpan span)
    {
        MachineMoment now = MachineMoment.Now;
        // Within one boot the clock does not matter; across machines that share a cache it is all there is.
        TimeSpan passed = begun.BootId.Length > 0 && begun.BootId == now.BootId
            ? TimeSpan.FromSeconds((now.Ticks - begun.Ticks) / (double)Stopwatch.Frequency)
            : now.Utc - begun.Utc;
        return passed >= TimeSpan.Zero && passed < span ? span - passed : TimeSpan.Zero;
    }

    private static byte[] ToJson(MachineMoment begun, TimeSpan span)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("boot", begun.BootId);
            json.WriteNumber("ticks", begun.Ticks);
            json.WriteString("utc", begun.Utc);
            json.WriteNumber("seconds", span.TotalSeconds);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    // An IPv6 address has colons, which no file name on Windows may have.
    private string PathOf(Uri uri)
    {
        var name = new StringBuilder();
        foreach (char c in uri.IdnHost.ToLowerInvariant())
            name.Append(c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '-' ? c : '_');
        return Path.Combine(cacheDirectory, Folder, FormattableString.Invariant($"{name}_{uri.Port}.json"));
    }
}
