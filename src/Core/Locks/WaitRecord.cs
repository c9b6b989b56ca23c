using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json;
using System.Threading;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// What a waiting flow wants and what it holds meanwhile, for other waiters to read. Only flows that hold
/// something write one: without that they cannot be part of a circle.
/// </summary>
/// <param name="Process">Who waits.</param>
/// <param name="Sequence">Which wait of that process.</param>
/// <param name="SinceUtcTicks">When it began; decides who gives way.</param>
/// <param name="Wants">The lock file that is waited for.</param>
/// <param name="Holds">The lock files that are held meanwhile.</param>
internal sealed record WaitRecord(
    ProcessIdentity Process, long Sequence, long SinceUtcTicks, string Wants, IReadOnlyList<string> Holds)
{
    private const int LongestRecord = 256 * 1024;
    private const string Suffix = ".wait";

    private static long _lastSequence;

    public static WaitRecord ForThisProcess(string wants, IReadOnlyList<string> holds) => new(
        ProcessIdentity.Current, Interlocked.Increment(ref _lastSequence), DateTime.UtcNow.Ticks, wants, holds);

    /// <summary>Later waits give way to earlier ones; equal ones by PID.</summary>
    public bool IsLaterThan(WaitRecord other) =>
        SinceUtcTicks != other.SinceUtcTicks ? SinceUtcTicks > other.SinceUtcTicks
        : Process.ProcessId != other.Process.ProcessId ? Process.ProcessId > other.Process.ProcessId
        : Sequence > other.Sequence;

    public bool IsSameWait(WaitRecord other) => Process == other.Process && Sequence == other.Sequence;

    private string FileIn(string directory) => Path.Combine(
        directory,
        string.Format(CultureInfo.InvariantCulture, "{0}-{1}{2}", Process.ProcessId, Sequence, Suffix));

    public void Write(string directory, uint mode)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            ProcessIdentityJson.Write(json, Process);
            json.WriteNumber("sequence", Sequence);
            json.WriteNumber("since", SinceUtcTicks);
            json.WriteString("wants", Wants);
            json.WriteStartArray("holds");
            foreach (string file in Holds)
                json.WriteStringValue(file);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        FileSystem.WriteAtomically(FileIn(directory), buffer.ToArray(), mode);
    }

    public void Delete(string directory) => FileSystem.TryDelete(FileIn(directory));

    /// <summary>The waits of living processes. Records of dead ones are removed on the way.</summary>
    public static IReadOnlyList<WaitRecord> ReadAll(string directory)
    {
        var records = new List<WaitRecord>();
        if (!Directory.Exists(directory))
            return records;
        foreach (string file in Directory.EnumerateFiles(directory, "*" + Suffix))
        {
            if (TryRead(file) is not { } record)
                continue;
            if (record.Process.IsAlive)
                records.Add(record);
            else if (record.Process.IsComparable)
                FileSystem.TryDelete(file);
        }

        return records;
    }

    private static WaitRecord? TryRead(string file)
    {
        byte[]? content = FileSystem.TryReadSmall(file, LongestRecord);
        if (content is null)
            return null;
        try
        {
            using var json = JsonDocument.Parse(content);
            JsonElement root = json.RootElement;
            var holds = new List<string>();
            foreach (JsonElement held in root.GetProperty("holds").EnumerateArray())
                holds.Add(held.GetString() ?? string.Empty);
            return new WaitRecord(
                ProcessIdentityJson.Read(root),
                root.GetProperty("sequence").GetInt64(),
                root.GetProperty("since").GetInt64(),
                root.GetProperty("wants").GetString() ?? string.Empty,
                holds);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }
}
