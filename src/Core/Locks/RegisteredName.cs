using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// A name that a team has registered. It covers the locks and claims of that very name and of all names below it, which
/// begin with it and a dot: 'builds' covers 'builds' and 'builds.nightly', but not 'builds-old'.
/// </summary>
public sealed record RegisteredName
{
    /// <summary>The name.</summary>
    public string Namespace { get; init; } = string.Empty;

    /// <summary>Whose it is.</summary>
    public string Owner { get; init; } = string.Empty;

    /// <summary>What it is for.</summary>
    public string? Purpose { get; init; }

    /// <summary>The longest that its locks are held, in seconds; null if nothing was said. Nothing is enforced: waiters read a notice.</summary>
    public double? LongestHoldSec => LongestHold is { } longest ? Durations.Seconds(longest) : null;

    internal TimeSpan? LongestHold { get; init; }

    /// <summary>Who registered it: user@machine.</summary>
    public string RegisteredBy { get; init; } = string.Empty;

    /// <summary>Since when it is registered.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>"held for 15 min 0 s, but Team A registered at most 10 min 0 s for 'builds'"; null if nobody holds it for too long.</summary>
    public string? Excess(IReadOnlyList<LockHolder> holders)
    {
        ArgumentNullException.ThrowIfNull(holders);
        TimeSpan longest = TimeSpan.Zero;
        foreach (LockHolder holder in holders)
        {
            if (holder.HeldFor is { } held && held > longest)
                longest = held;
        }

        return LongestHold is { } registered && longest > registered
            ? Message.Of(Key.ReasonHeldForButRegisteredAtMost, Durations.Describe(longest), Owner, Durations.Describe(registered), Namespace)
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Namespace} ({Owner})";

    internal byte[] ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("namespace", Namespace);
            json.WriteString("owner", Owner);
            if (Purpose is not null)
                json.WriteString("purpose", Purpose);
            if (LongestHold is { } longest)
                json.WriteNumber("longestHoldSec", longest.TotalSeconds);
            json.WriteString("by", RegisteredBy);
            json.WriteString("since", Since.ToString("o", CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Understands a record; null if it is none.</summary>
    internal static RegisteredName? TryParse(byte[] content)
    {
        try
        {
            using var json = JsonDocument.Parse(content);
            JsonElement root = json.RootElement;
            return new RegisteredName
            {
                Namespace = Text(root, "namespace") ?? throw new FormatException(),
                Owner = Text(root, "owner") ?? throw new FormatException(),
                Purpose = Text(root, "purpose"),
                LongestHold = root.TryGetProperty("longestHoldSec", out JsonElement longest) ? TimeSpan.FromSeconds(longest.GetDouble()) : null,
                RegisteredBy = Text(root, "by") ?? string.Empty,
                Since = root.GetProperty("since").GetDateTimeOffset(),
            };
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException or OverflowException or ArgumentException)
        {
            return null;
        }
    }

    // In a shared root others register names too: nothing of theirs may steer the reader's terminal.
    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.GetString() is { } text ? RedactedCommandLine.Sanitize(text) : null;
}
