using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using ProcessDedup.Fetch.Http;

namespace ProcessDedup.Store;

/// <summary>How an index record is written (index/v1).</summary>
internal static class CacheEntryJson
{
    public static byte[] Write(CacheEntry entry)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("key", entry.Key);
            json.WriteString("kind", entry.Kind);
            json.WriteString("source", entry.Source);
            WriteText(json, "digest", entry.Digest);
            if (entry.IsTree)
                json.WriteBoolean("tree", true);
            json.WriteNumber("size", entry.Size);
            WriteText(json, "name", entry.FileName);
            WriteText(json, "revision", entry.Revision);
            WriteText(json, "integrity", entry.Integrity);
            WriteText(json, "stamp", entry.Stamp);
            WriteText(json, "times", entry.Times);
            WriteText(json, "attributes", entry.Attributes);
            if (entry.IsFinal)
                json.WriteBoolean("final", true);
            WriteText(json, "from", entry.From);
            json.WriteNumber("fetched", entry.FetchedAt.ToUnixTimeMilliseconds());
            json.WriteNumber("validated", entry.ValidatedAt.ToUnixTimeMilliseconds());
            json.WriteStartObject("committed");
            MachineMomentJson.Write(json, entry.Committed);
            json.WriteEndObject();
            json.WriteNumber("workMs", (long)entry.Work.TotalMilliseconds);
            Write(json, "maker", entry.Maker);
            if (entry.Committer != entry.Maker)
                Write(json, "committer", entry.Committer);
            if (entry.Http is not null)
            {
                json.WritePropertyName("http");
                entry.Http.Write(json);
            }

            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void Write(Utf8JsonWriter json, string name, CacheMaker process)
    {
        json.WriteStartObject(name);
        json.WriteNumber("pid", process.ProcessId);
        json.WriteString("host", process.Host);
        json.WriteString("user", process.User);
        json.WriteEndObject();
    }

    private static CacheMaker ReadMaker(JsonElement json) => new(
        json.GetProperty("pid").GetInt32(), Text(json, "host") ?? string.Empty, Text(json, "user") ?? string.Empty);

    private static void WriteText(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null)
            json.WriteString(name, text);
    }

    /// <summary>Null if it is no record: half a file of a full disk, something of somebody else's.</summary>
    public static CacheEntry? TryParse(byte[] content)
    {
        try
        {
            using var json = JsonDocument.Parse(content);
            return Read(json.RootElement);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException
            or ArgumentOutOfRangeException or OverflowException)
        {
            return null;
        }
    }

    private static CacheEntry? Read(JsonElement json)
    {
        CacheMaker maker = ReadMaker(json.GetProperty("maker"));
        string? digest = Text(json, "digest");
        // They become paths.
        string? times = Text(json, "times");
        string? attributes = Text(json, "attributes");
        if (!IsDigestOrNull(digest) || !IsDigestOrNull(times) || !IsDigestOrNull(attributes))
            return null;
        return new CacheEntry
        {
            Key = Text(json, "key") ?? string.Empty,
            Kind = Text(json, "kind") ?? string.Empty,
            Source = Text(json, "source") ?? string.Empty,
            Digest = digest,
            IsTree = json.TryGetProperty("tree", out JsonElement tree) && tree.GetBoolean(),
            Size = json.GetProperty("size").GetInt64(),
            FileName = Text(json, "name"),
            Revision = Text(json, "revision"),
            Integrity = Text(json, "integrity"),
            Stamp = Text(json, "stamp"),
            Times = times,
            Attributes = attributes,
            IsFinal = json.TryGetProperty("final", out JsonElement final) && final.GetBoolean(),
            From = Text(json, "from"),
            FetchedAt = DateTimeOffset.FromUnixTimeMilliseconds(json.GetProperty("fetched").GetInt64()),
            ValidatedAt = DateTimeOffset.FromUnixTimeMilliseconds(json.GetProperty("validated").GetInt64()),
            Committed = MachineMomentJson.Read(json.GetProperty("committed")),
            Work = TimeSpan.FromMilliseconds(json.GetProperty("workMs").GetInt64()),
            Maker = maker,
            Committer = json.TryGetProperty("committer", out JsonElement committer) ? ReadMaker(committer) : maker,
            Http = json.TryGetProperty("http", out JsonElement http) ? HttpMetadata.Read(http) : null,
        };
    }

    private static bool IsDigestOrNull(string? text) => text is null || (text.Length == 64 && ContentHash.IsHex(text));

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
