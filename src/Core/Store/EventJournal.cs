using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json;
using System.Text;
using System;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>One answer that the cache gave.</summary>
/// <param name="At">When, UTC.</param>
/// <param name="Key">For what.</param>
/// <param name="Status">How: "Hit", "Downloaded", …</param>
/// <param name="Size">Length of the content in bytes.</param>
/// <param name="Transferred">Bytes that came over the network for it.</param>
/// <param name="Waited">How long another one's work was waited for.</param>
/// <param name="Worked">How long this process worked for it.</param>
/// <param name="Saved">How long the work took that this answer made unnecessary.</param>
/// <param name="ProcessId">Who asked.</param>
internal readonly record struct CacheEvent(
    DateTimeOffset At, string Key, string Status, long Size, long Transferred, TimeSpan Waited, TimeSpan Worked, TimeSpan Saved, int ProcessId)
{
    /// <summary>What it is, fit to be shown.</summary>
    public string Source { get; init; } = string.Empty;

    /// <summary>How it is got: "http", "git", ….</summary>
    public string Kind { get; init; } = string.Empty;

    /// <summary>Who did the work that was waited for; null if nobody was waited for, or it is not known.</summary>
    public int? Leader { get; init; }

    /// <summary>When it was asked for, as far as it took time.</summary>
    public DateTimeOffset Began => At - Waited - Worked;
}

/// <summary>
/// What happened, for statistics: a line an answer, a file a day. It only informs; what cannot be written is left out.
/// </summary>
internal sealed class EventJournal(StoreLayout layout) : IDisposable
{
    private const string Suffix = ".jsonl";
    private const string DayFormat = "yyyy-MM-dd";

    // A quarter of a million answers of a day; what comes after that is not counted.
    private const long LargestDay = 64 * 1024 * 1024;

    // Long enough to be recognised; every hit writes it.
    private const int LongestSource = 160;

    private static readonly HashSet<string> Statuses = new(Enum.GetNames(typeof(FetchStatus)), StringComparer.Ordinal);

    private const long MostBytes = 1L << 50;

    private static readonly TimeSpan LongestTime = TimeSpan.FromDays(30);

    private readonly object _sync = new();
    private AppendOnlyFile? _file;
    private DateTime _day;
    private long _written;

    /// <summary>Notes an answer.</summary>
    public void Add(CacheEvent happened)
    {
        byte[] line = Encoding.UTF8.GetBytes(string.Format(
            CultureInfo.InvariantCulture,
            "{{\"t\":{0},\"k\":\"{1}\",\"s\":\"{2}\",\"b\":{3},\"n\":{4},\"w\":{5:0.#},\"d\":{6:0.#},\"v\":{7:0.#},\"p\":{8},\"c\":\"{9}\",\"u\":\"{10}\"{11}}}\n",
            happened.At.ToUnixTimeMilliseconds(), happened.Key, happened.Status, happened.Size, happened.Transferred,
            happened.Waited.TotalMilliseconds, happened.Worked.TotalMilliseconds, happened.Saved.TotalMilliseconds,
            happened.ProcessId, happened.Kind, JsonEncodedText.Encode(Shorten(happened.Source)),
            happened.Leader is { } leader ? ",\"l\":" + leader.ToString(CultureInfo.InvariantCulture) : string.Empty));
        lock (_sync)
        {
            if (_file is null || _day != happened.At.UtcDateTime.Date || _written > LargestDay)
                Open(happened.At.UtcDateTime.Date);
            _written += line.Length;
            if (_written <= LargestDay)
                _file?.TryAppend(line);
        }
    }

    // Halves of a character are nothing to the encoder, whether they were given or are left by the cut.
    private static string Shorten(string source) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(
        Shortened.To(source, LongestSource)));

    private void Open(DateTime day)
    {
        _file?.Dispose();
        _file = null;
        _day = day;
        string path = Path.Combine(layout.Events, day.ToString(DayFormat, CultureInfo.InvariantCulture) + Suffix);
        try
        {
            FileSystem.CreatePrivateDirectory(layout.Events);
            _file = new AppendOnlyFile(path);
            _written = new FileInfo(path).Length;
        }
        catch (Exception e) when (e is PlatformException or IOException or UnauthorizedAccessException)
        {
            // Read-only or full: the answers are worth more than their count.
        }
    }

    /// <summary>Everything since a moment, oldest day first. Lines that cannot be understood are left out.</summary>
    /// <exception cref="FetchException">The journal may not be read.</exception>
    public IEnumerable<CacheEvent> Read(DateTimeOffset since)
    {
        if (!Directory.Exists(layout.Events))
            yield break;
        string[] files = Files();
        Array.Sort(files, StringComparer.Ordinal);
        string first = since.UtcDateTime.ToString(DayFormat, CultureInfo.InvariantCulture);
        // What a clock that was ahead has written says nothing of when it was, and one such line would stretch every picture.
        DateTimeOffset latest = DateTimeOffset.UtcNow.AddDays(1);
        foreach (string file in files)
        {
            if (string.CompareOrdinal(Path.GetFileNameWithoutExtension(file), first) < 0)
                continue;
            foreach (string line in Lines(file))
            {
                if (TryParse(line) is { } happened && happened.At >= since && happened.At <= latest)
                    yield return happened;
            }
        }
    }

    /// <summary>Forgets the days before.</summary>
    public void DeleteBefore(DateTimeOffset day)
    {
        if (!Directory.Exists(layout.Events))
            return;
        string first = day.UtcDateTime.ToString(DayFormat, CultureInfo.InvariantCulture);
        foreach (string file in Directory.GetFiles(layout.Events, "*" + Suffix))
        {
            if (string.CompareOrdinal(Path.GetFileNameWithoutExtension(file), first) < 0)
                FileSystem.TryDelete(file);
        }
    }

    private string[] Files()
    {
        try
        {
            return Directory.GetFiles(layout.Events, "*" + Suffix);
        }
        catch (UnauthorizedAccessException)
        {
            throw FetchFailures.FromPlatform(
                layout.Events, new PlatformException(PlatformFault.AccessDenied, "open", layout.Events, Errno.AccessDenied));
        }
    }

    private static IEnumerable<string> Lines(string file)
    {
        FileStream stream;
        try
        {
            stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            yield break;
        }

        using var reader = new StreamReader(stream, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    private static CacheEvent? TryParse(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            JsonElement e = json.RootElement;
            var happened = new CacheEvent(
                DateTimeOffset.FromUnixTimeMilliseconds(e.GetProperty("t").GetInt64()),
                e.GetProperty("k").GetString() ?? string.Empty,
                e.GetProperty("s").GetString() ?? string.Empty,
                e.GetProperty("b").GetInt64(),
                e.GetProperty("n").GetInt64(),
                TimeSpan.FromMilliseconds(e.GetProperty("w").GetDouble()),
                TimeSpan.FromMilliseconds(e.GetProperty("d").GetDouble()),
                TimeSpan.FromMilliseconds(e.GetProperty("v").GetDouble()),
                e.GetProperty("p").GetInt32())
            {
                Source = e.GetProperty("u").GetString() ?? string.Empty,
                Kind = e.GetProperty("c").GetString() ?? string.Empty,
                Leader = e.TryGetProperty("l", out JsonElement leader) ? leader.GetInt32() : null,
            };
            return IsPossible(happened) ? happened : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException
            or ArgumentOutOfRangeException or OverflowException)
        {
            return null;
        }
    }

    // Of a damaged line any figure may be left, and one of them would spoil every sum.
    private static bool IsPossible(CacheEvent e) =>
        e.At >= DateTimeOffset.FromUnixTimeMilliseconds(0) && Statuses.Contains(e.Status)
        && e.Size is >= 0 and <= MostBytes && e.Transferred is >= 0 and <= MostBytes
        && IsPossible(e.Waited) && IsPossible(e.Worked) && IsPossible(e.Saved);

    private static bool IsPossible(TimeSpan time) => time >= TimeSpan.Zero && time <= LongestTime;

    public void Dispose()
    {
        lock (_sync)
            _file?.Dispose();
    }
}
