using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text.Json;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>What the bytes of a part are: enough to know later whether the rest fits. Written before the first of them.</summary>
/// <param name="Source">SHA-256 of the address, as an address may hold secrets.</param>
/// <param name="Answerer">The same of the address that answered in the end, as <c>HttpMetadata.AnswererOf</c> has it.</param>
/// <param name="ETag">A strong entity tag.</param>
/// <param name="LastModified">A Last-Modified that is a strong validator.</param>
/// <param name="Total">Length of the whole; null if unknown.</param>
/// <param name="Begun">When: after a power failure the end of a file may be zeros.</param>
internal sealed record PartialState(
    string Source, string Answerer, string? ETag, string? LastModified, long? Total, MachineMoment Begun)
{
    private const int LongestRecord = 16 * 1024;
    private static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(5);

    /// <summary>For If-Range; null if the part cannot be continued.</summary>
    public string? Validator => ETag ?? LastModified;

    /// <summary>Has the machine been running ever since?</summary>
    public bool IsOfThisBoot
    {
        get
        {
            MachineMoment now = MachineMoment.Now;
            if (Begun.BootId != now.BootId || Begun.Ticks > now.Ticks)
                return false;
            if (now.BootId.Length > 0)
                return true;
            // No boot id on this system: clock and counter must have gone on alike.
            TimeSpan drift = now.Utc - Begun.Utc - TimeSpan.FromSeconds((now.Ticks - Begun.Ticks) / (double)Stopwatch.Frequency);
            return drift.Duration() < ClockSlack;
        }
    }

    public byte[] ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("source", Source);
            json.WriteString("answerer", Answerer);
            if (ETag is not null)
                json.WriteString("etag", ETag);
            if (LastModified is not null)
                json.WriteString("lastModified", LastModified);
            if (Total is { } total)
                json.WriteNumber("total", total);
            json.WriteString("boot", Begun.BootId);
            json.WriteNumber("ticks", Begun.Ticks);
            json.WriteString("utc", Begun.Utc);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Null if there is none, or it is none.</summary>
    public static PartialState? TryRead(string path)
    {
        if (FileSystem.TryReadSmall(path, LongestRecord) is not { } content)
            return null;
        try
        {
            using var document = JsonDocument.Parse(content);
            JsonElement json = document.RootElement;
            return new PartialState(
                json.GetProperty("source").GetString()!,
                json.GetProperty("answerer").GetString()!,
                json.TryGetProperty("etag", out JsonElement tag) ? tag.GetString() : null,
                json.TryGetProperty("lastModified", out JsonElement modified) ? modified.GetString() : null,
                json.TryGetProperty("total", out JsonElement total) ? total.GetInt64() : null,
                new MachineMoment(
                    json.GetProperty("boot").GetString() ?? string.Empty,
                    json.GetProperty("ticks").GetInt64(),
                    json.GetProperty("utc").GetDateTimeOffset()));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }
}
