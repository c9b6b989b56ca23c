using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Substituters;

/// <summary>How a record is written (artifacts/v1), and read from those who may have written anything.</summary>
internal static class ArtifactRecordJson
{
    public const int Largest = 64 * 1024;
    public const int MostSignatures = 100;
    private const int LongestName = 1000;

    public static byte[] Write(ArtifactRecord record)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("format", ArtifactRecord.FormatVersion);
            json.WriteString("key", record.Key);
            json.WriteString("name", record.Name);
            json.WriteString("digest", record.Digest);
            json.WriteNumber("size", record.Size);
            if (record.FileName is not null)
                json.WriteString("file", record.FileName);
            json.WriteString("packing", record.Packing);
            json.WriteString("packDigest", record.PackDigest);
            json.WriteNumber("packSize", record.PackSize);
            json.WriteString("madeAt", record.MadeAt.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            json.WriteString("madeBy", record.MadeBy);
            json.WriteStartArray("signatures");
            foreach (ArtifactSignature signature in record.Signatures)
            {
                json.WriteStartObject();
                json.WriteString("key", signature.KeyId);
                json.WriteString("value", signature.Value);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Reads the record of a key.</summary>
    /// <exception cref="SubstituterFault">It is none, is for another key, or was made by a newer version.</exception>
    public static ArtifactRecord Parse(byte[] content, string key)
    {
        try
        {
            using var document = JsonDocument.Parse(content);
            JsonElement json = document.RootElement;
            int format = json.GetProperty("format").GetInt32();
            if (format > ArtifactRecord.FormatVersion)
            {
                throw SubstituterFault.Artifact(string.Format(
                    CultureInfo.InvariantCulture, "its record was made by a newer version (format {0}, known is {1})", format, ArtifactRecord.FormatVersion));
            }

            ArtifactRecord record = Read(json);
            if (record.Key != key)
                throw SubstituterFault.Artifact("its record is for another key");
            return ReasonAgainst(record) is { } reason ? throw SubstituterFault.Artifact("its record is wrong: " + reason) : record;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException
            or ArgumentException or OverflowException)
        {
            throw SubstituterFault.Artifact("its record is no record of an artifact", e);
        }
    }

    private static ArtifactRecord Read(JsonElement json)
    {
        var signatures = new List<ArtifactSignature>();
        foreach (JsonElement signature in json.GetProperty("signatures").EnumerateArray())
        {
            if (signatures.Count == MostSignatures)
                throw new FormatException();
            signatures.Add(new ArtifactSignature(Text(signature, "key"), Text(signature, "value")));
        }

        return new ArtifactRecord
        {
            Key = Text(json, "key"),
            Name = RedactedCommandLine.Sanitize(Text(json, "name")),
            Digest = Text(json, "digest"),
            Size = json.GetProperty("size").GetInt64(),
            FileName = json.TryGetProperty("file", out _) ? Text(json, "file") : null,
            Packing = Text(json, "packing"),
            PackDigest = Text(json, "packDigest"),
            PackSize = json.GetProperty("packSize").GetInt64(),
            MadeAt = DateTimeOffset.Parse(Text(json, "madeAt"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
            MadeBy = RedactedCommandLine.Sanitize(Text(json, "madeBy")),
            Signatures = signatures,
        };
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString() ?? throw new FormatException();

    // Digests become paths; the file's name, one day, too.
    private static string? ReasonAgainst(ArtifactRecord record)
    {
        if (!IsDigest(record.Digest) || !IsDigest(record.PackDigest))
            return "a digest is none";
        if (record.Packing is not (ArtifactRecord.Tar or ArtifactRecord.TarGzip))
            return "its packing is not known";
        if (record.Size < 0 || record.PackSize <= 0)
            return "a size is none";
        if (record.FileName is { } file && ArtifactPack.ReasonAgainstName(file) is { } reason)
            return "the name of its file " + reason;
        return record.Name.Length > LongestName || record.MadeBy.Length > LongestName ? "a name is longer than any can be" : null;
    }

    public static bool IsDigest(string text) => text.Length == 64 && ContentHash.IsHex(text);
}
