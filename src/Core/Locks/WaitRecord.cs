using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// What a waiting flow wants and what it holds meanwhile, for other waiters to read. Where the kernel shows who waits, only flows
/// that hold something write one: without that they cannot be part of a circle.
/// </summary>
/// <param name="Process">Who waits.</param>
/// <param name="Sequence">Which wait of that process.</param>
/// <param name="SinceUtcTicks">When it began; decides who gives way.</param>
/// <param name="Wants">The lock file that is waited for.</param>
/// <param name="Holds">The lock files that are held meanwhile.</param>
internal sealed record WaitRecord(
    ProcessIdentity Process, long Sequence, long SinceUtcTicks, LockedFile Wants, IReadOnlyList<LockedFile> Holds)
{
    // Longer than it takes to lock a record that was just written, even where the processor is busy with others.
    private static readonly TimeSpan Young = TimeSpan.FromMinutes(1);

    private const int LongestRecord = 256 * 1024;
    private const string Suffix = ".wait";

    private static long _lastSequence;

    public static WaitRecord ForThisProcess(LockedFile wants, IReadOnlyList<LockedFile> holds) => new(
        ProcessIdentity.Current, Interlocked.Increment(ref _lastSequence), DateTime.UtcNow.Ticks, wants, holds);

    /// <summary>Later waits give way to earlier ones; equal ones by PID and container.</summary>
    public bool IsLaterThan(WaitRecord other) =>
        SinceUtcTicks != other.SinceUtcTicks ? SinceUtcTicks > other.SinceUtcTicks
        : Process.ProcessId != other.Process.ProcessId ? Process.ProcessId > other.Process.ProcessId
        : Process.Namespace != other.Process.Namespace ? string.CompareOrdinal(Process.Namespace, other.Process.Namespace) > 0
        : Sequence > other.Sequence;

    public bool IsSameWait(WaitRecord other) => Process == other.Process && Sequence == other.Sequence;

    private string FileIn(string directory) => Path.Combine(
        directory,
        string.Format(CultureInfo.InvariantCulture, "{0}-{1}{2}", Process.FileKey, Sequence, Suffix));

    /// <summary>Writes the record.</summary>
    /// <returns>
    /// Keeps the record locked, by which those in other containers see that the wait goes on: they see no process of this one.
    /// Null where there are no containers.
    /// </returns>
    public IDisposable? Write(string directory, uint mode)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            ProcessIdentityJson.Write(json, Process);
            json.WriteNumber("sequence", Sequence);
            json.WriteNumber("since", SinceUtcTicks);
            json.WriteString("wants", Wants.Path);
            json.WriteString("wantsFile", Wants.Id);
            json.WriteStartArray("holds");
            foreach (LockedFile file in Holds)
                json.WriteStringValue(file.Path);
            json.WriteEndArray();
            json.WriteStartArray("holdsFiles");
            foreach (LockedFile file in Holds)
                json.WriteStringValue(file.Id);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        FileSystem.WriteAtomically(FileIn(directory), buffer.ToArray(), mode);
        return OperatingSystemKind.IsLinux ? RecordLock.TryKeep(FileIn(directory)) : null;
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
            bool isComparable = record.Process.IsComparable;
            if (isComparable ? record.Process.IsAlive : RecordLock.IsKept(file))
                records.Add(record);
            else if (isComparable || IsOld(file))
                FileSystem.TryDelete(file);
        }

        return records;
    }

    /// <summary>The processes that wait for a lock, in the order in which they came, where each of them writes a record.</summary>
    public static IReadOnlyList<int> Waiting(LockTarget target) => DeadlockWatch.RootOf(target) is not { } root
        ? []
        : ReadAll(root.WaitsDirectory)
            .Where(wait => wait.Process.IsComparable && wait.Wants.Path == target.LockFile)
            .OrderBy(wait => wait.SinceUtcTicks)
            .Select(wait => wait.Process.ProcessId)
            .ToList();

    private static bool IsOld(string file) => DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > Young;

    private static WaitRecord? TryRead(string file)
    {
        byte[]? content = FileSystem.TryReadSmall(file, LongestRecord);
        if (content is null)
            return null;
        try
        {
            using var json = JsonDocument.Parse(content);
            JsonElement root = json.RootElement;
            List<string?> paths = Texts(root, "holds"), ids = Texts(root, "holdsFiles");
            var holds = new List<LockedFile>();
            for (int i = 0; i < paths.Count; i++)
                holds.Add(new LockedFile(paths[i] ?? string.Empty, i < ids.Count ? ids[i] : null));
            return new WaitRecord(
                ProcessIdentityJson.Read(root),
                root.GetProperty("sequence").GetInt64(),
                root.GetProperty("since").GetInt64(),
                new LockedFile(
                    root.GetProperty("wants").GetString() ?? string.Empty,
                    root.TryGetProperty("wantsFile", out JsonElement id) ? id.GetString() : null),
                holds);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }

    private static List<string?> Texts(JsonElement root, string name)
    {
        var texts = new List<string?>();
        if (root.TryGetProperty(name, out JsonElement array))
        {
            foreach (JsonElement text in array.EnumerateArray())
                texts.Add(text.GetString());
        }

        return texts;
    }
}
