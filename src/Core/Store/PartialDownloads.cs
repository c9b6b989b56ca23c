using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// The parts of downloads below a cache: partial/KEY/OWNER/. Correct without any lock: into a directory writes only
/// the one whose name it bears, and a rename decides who that is (<see cref="PartialName"/>).
/// </summary>
/// <remarks>Two processes that appended to one partial file corrupted it where locks did not lock (huggingface_hub #4228).</remarks>
internal sealed class PartialDownloads(string cacheDirectory)
{
    private const string Folder = "partial";
    // A key's directory may be removed by a prune between its creation and that of a part in it.
    private const int MostTries = 100;

    // Of an owner that cannot be looked up (another container, another machine): nothing is downloaded for so long.
    private static readonly TimeSpan LongestDownload = TimeSpan.FromDays(7);

    public string CacheDirectory { get; } = cacheDirectory;

    private string Root => Path.Combine(CacheDirectory, Folder);

    /// <summary>Takes over the longest part that nobody works on any more, else begins a new one.</summary>
    /// <param name="key">Letters, digits and other characters that may be in a file name.</param>
    /// <exception cref="FetchException">The cache cannot be written.</exception>
    public PartialDownload Claim(string key)
    {
        string place = Path.Combine(Root, key);
        foreach (string candidate in Resumable(place))
        {
            if (TryMove(candidate, PartialName.NewOwned(), out string mine))
                return new PartialDownload(this, mine);
        }

        for (int tries = 1; ; tries++)
        {
            try
            {
                string fresh = Path.Combine(place, PartialName.NewOwned());
                FileSystem.CreatePrivateDirectory(fresh);
                return new PartialDownload(this, fresh);
            }
            catch (PlatformException e)
            {
                if (tries == MostTries || e.Fault is not (PlatformFault.Missing or PlatformFault.ParentMissing))
                    throw FetchFailures.FromPlatform(place, e);
            }
        }
    }

    /// <summary>Removes parts that nobody works on and that have not grown for so long. Returns how many.</summary>
    public int DeleteAbandoned(TimeSpan olderThan) => Below(Root).Sum(place => DeleteAbandoned(place, olderThan));

    private static int DeleteAbandoned(string place, TimeSpan olderThan)
    {
        int removed = 0;
        foreach (string part in Below(place))
        {
            TimeSpan idle = IdleTime(part);
            string name = Path.GetFileName(part);
            bool isAbandoned = PartialName.IsUnused(name) || (!PartialName.IsKnowable(name) && idle > LongestDownload);
            // Taken over first: whoever claims it at the same moment must not lose bytes that it counts on.
            if (isAbandoned && idle >= olderThan && TryMove(part, PartialName.NewOwned(), out string mine))
            {
                TryRemove(mine);
                removed++;
            }
        }

        try
        {
            // Fails if there is something in it, and is meant to.
            Directory.Delete(place);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody works on this key.
        }

        return removed;
    }

    /// <summary>The longest first.</summary>
    private static IEnumerable<string> Resumable(string place) => Below(place)
        .Where(part => PartialName.IsUnused(Path.GetFileName(part)))
        .Select(part => (Part: part, Length: ResumableLength(part)))
        .Where(p => p.Length > 0)
        .OrderByDescending(p => p.Length)
        .Select(p => p.Part);

    private static long ResumableLength(string part)
    {
        try
        {
            return PartialState.TryRead(Path.Combine(part, "state.json")) is { Validator: not null, IsOfThisBoot: true }
                && new FileInfo(Path.Combine(part, "data")) is { Exists: true } data ? data.Length : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static TimeSpan IdleTime(string part)
    {
        try
        {
            DateTime directory = Directory.GetLastWriteTimeUtc(part);
            DateTime data = File.GetLastWriteTimeUtc(Path.Combine(part, "data"));
            TimeSpan idle = DateTime.UtcNow - (directory > data ? directory : data);
            return idle < TimeSpan.Zero ? TimeSpan.Zero : idle;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return TimeSpan.Zero;
        }
    }

    /// <summary>Gives a part another name beside its old one; false if somebody else has done so before.</summary>
    internal static bool TryMove(string part, string name, out string moved)
    {
        moved = Path.Combine(Path.GetDirectoryName(part)!, name);
        try
        {
            Publishing.RenameOnly(part, moved);
            return true;
        }
        catch (PlatformException)
        {
            return false;
        }
    }

    internal static void TryRemove(string part)
    {
        try
        {
            Directory.Delete(part, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It bears the name of this process: a later prune removes it.
        }
    }

    private static string[] Below(string directory)
    {
        try
        {
            return Directory.Exists(directory) ? Directory.GetDirectories(directory) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
