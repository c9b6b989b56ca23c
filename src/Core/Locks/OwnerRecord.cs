using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json;
using System;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// What a holder says about itself, for people. Nothing is ever decided by it: the kernel's lock decides.
/// </summary>
/// <remarks>
/// It stands beside the lock file, which stays empty: Nix takes a non-empty lock file for a deleted one, and
/// writing into it costs fifty times the lock. It is written late, so short locks never pay for it, and removed
/// before the release; one that is found by the next holder therefore tells of a crash.
/// </remarks>
internal sealed record OwnerRecord(
    ProcessIdentity Process,
    string Host,
    string User,
    string CommandLine,
    LockMode Mode,
    string? Reason,
    string? Progress,
    DateTimeOffset Since)
{
    // Far more than a record ever takes; a larger file is not ours.
    private const int LongestRecord = 16 * 1024;
    private const int LongestReason = 200;

    private static readonly byte[] Beginning = [.. "{\"pid\":"u8];

    private static readonly Lazy<string> OwnCommandLine = new(
        () => RedactedCommandLine.TryOf(ProcessIdentity.CurrentProcessId())
            ?? RedactedCommandLine.Of(Environment.GetCommandLineArgs()));

    /// <summary>This process as a holder.</summary>
    public static OwnerRecord ForThisProcess(LockMode mode, string? reason, DateTimeOffset since) => new(
        ProcessIdentity.Current, Environment.MachineName, UserNames.Current, OwnCommandLine.Value,
        mode, Shorten(reason), null, since);

    public static string? Shorten(string? text) => text is null ? null
        : RedactedCommandLine.Sanitize(Shortened.To(text, LongestReason));

    /// <summary>Is it certain that the holder is gone? A record of another machine says nothing here.</summary>
    public bool IsHolderGone => Host == Environment.MachineName && Process.IsGone;

    /// <summary>Writes the record whole; false where that is not possible (no rights, no space): it only informs.</summary>
    public bool TryWrite(string path, uint mode)
    {
        try
        {
            FileSystem.WriteAtomically(path, ToJson(), mode);
            return true;
        }
        catch (PlatformException)
        {
            return false;
        }
    }

    /// <summary>Reads a record; null if there is none, or it is no record.</summary>
    public static OwnerRecord? TryRead(string path) => TryReadText(path) is { } text ? TryParse(text) : null;

    /// <summary>The bytes of what may be a record.</summary>
    public static byte[]? TryReadText(string path) => FileSystem.TryReadSmall(path, LongestRecord);

    /// <summary>Does it begin as every record does?</summary>
    public static bool LooksLikeOne(byte[]? content) =>
        content is not null && content.AsSpan().StartsWith(Beginning);

    /// <summary>Understands a record; null if it is none.</summary>
    public static OwnerRecord? TryParse(byte[] content)
    {
        try
        {
            using var json = JsonDocument.Parse(content);
            return FromJson(json.RootElement);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }

    private byte[] ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            ProcessIdentityJson.Write(json, Process);
            json.WriteString("host", Host);
            json.WriteString("user", User);
            json.WriteString("command", CommandLine);
            json.WriteString("mode", Mode.ToString());
            if (Reason is not null)
                json.WriteString("reason", Reason);
            if (Progress is not null)
                json.WriteString("progress", Progress);
            json.WriteString("since", Since.ToString("o", CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static OwnerRecord FromJson(JsonElement json) => new(
        ProcessIdentityJson.Read(json),
        Text(json, "host") ?? string.Empty,
        Text(json, "user") ?? string.Empty,
        Text(json, "command") ?? string.Empty,
        Enum.TryParse(Text(json, "mode"), out LockMode mode) ? mode : LockMode.Exclusive,
        Text(json, "reason"),
        Text(json, "progress"),
        json.GetProperty("since").GetDateTimeOffset());

    // In a shared root others write records too: nothing of theirs may steer the reader's terminal.
    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.GetString() is { } text
            ? RedactedCommandLine.Sanitize(text)
            : null;
}
