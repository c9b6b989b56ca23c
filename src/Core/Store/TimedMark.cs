using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text.Json;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// A small file that says to all processes: this holds from then on for so long. Whatever is wrong with it, it is as if
/// it were not there, and however the clock is set, it never holds for longer than it says.
/// </summary>
internal sealed class TimedMark(string path)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);
    private const int LongestRecord = 1024;

    /// <summary>It holds for so long from now on; a mark that holds for longer stays. What cannot be written is not said.</summary>
    public void Set(TimeSpan span)
    {
        if (span > Longest)
            span = Longest;
        if (span <= TimeSpan.Zero || Remaining >= span)
            return;
        try
        {
            FileSystem.CreatePrivateDirectory(Path.GetDirectoryName(path)!);
            FileSystem.WriteAtomically(path, ToJson(MachineMoment.Now, span), FileSystem.ReadableFile);
        }
        catch (PlatformException)
        {
            // The others then find out for themselves.
        }
    }

    /// <summary>It does not hold any more.</summary>
    public void Clear()
    {
        if (FileSystem.TryGetFacts(path, out _))
            FileSystem.TryDelete(path);
    }

    /// <summary>How long it holds yet; zero if it does not.</summary>
    public TimeSpan Remaining
    {
        get
        {
            if (FileSystem.TryReadSmall(path, LongestRecord) is not { } content)
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
                return seconds > 0 && seconds <= Longest.TotalSeconds ? RemainingOf(begun, TimeSpan.FromSeconds(seconds)) : TimeSpan.Zero;
            }
            catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
            {
                return TimeSpan.Zero;
            }
        }
    }

    private static TimeSpan RemainingOf(MachineMoment begun, TimeSpan span)
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
}
