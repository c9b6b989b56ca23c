using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>Who of those that wait for one thing tells of it in their log.</summary>
/// <param name="Process">The teller.</param>
/// <param name="Instance">Which of its waits.</param>
/// <param name="ToldUtcTicks">When it told last.</param>
/// <param name="HasLeft">It waits no more: the next telling is another one's.</param>
internal sealed record TellerRecord(ProcessIdentity Process, long Instance, long ToldUtcTicks, bool HasLeft)
{
    public const string Suffix = ".teller";

    private const int LongestRecord = 4096;

    /// <summary>Time since it told, by a clock that may be set: never negative.</summary>
    public TimeSpan ToldAgo => TimeSpan.FromTicks(Math.Abs(DateTime.UtcNow.Ticks - ToldUtcTicks));

    public void Write(string file, uint mode)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            ProcessIdentityJson.Write(json, Process);
            json.WriteNumber("instance", Instance);
            json.WriteNumber("told", ToldUtcTicks);
            json.WriteBoolean("left", HasLeft);
            json.WriteEndObject();
        }

        FileSystem.WriteAtomically(file, buffer.ToArray(), mode);
    }

    public static TellerRecord? TryRead(string file)
    {
        if (FileSystem.TryReadSmall(file, LongestRecord) is not { } content)
            return null;
        try
        {
            using var json = JsonDocument.Parse(content);
            JsonElement root = json.RootElement;
            return new TellerRecord(
                ProcessIdentityJson.Read(root), root.GetProperty("instance").GetInt64(), root.GetProperty("told").GetInt64(),
                root.GetProperty("left").GetBoolean());
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The file of a generation: each teller's is one higher than the last one's.</summary>
    public static string FileOf(string directory, string key, long generation) =>
        Path.Combine(directory, string.Format(CultureInfo.InvariantCulture, "{0}-{1}{2}", key, generation, Suffix));

    /// <summary>The highest generation that is there; zero if there is none.</summary>
    public static long Newest(string directory, string key)
    {
        long newest = 0;
        foreach (string file in Directory.EnumerateFiles(directory, key + "-*" + Suffix))
        {
            string number = Path.GetFileNameWithoutExtension(file).Substring(key.Length + 1);
            if (long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long generation))
                newest = Math.Max(newest, generation);
        }

        return newest;
    }
}
