using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json;
using ProcessDedup.Messages;
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
            if (record.Times is not null)
                json.WriteString("times", record.Times);
            if (record.Attributes is not null)
                json.WriteString("attributes", record.Attributes);
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
                throw SubstituterFault.Artifact(Message.Of(Key.ReasonRecordWasMadeByNewerVersion, format, ArtifactRecord.FormatVersion));
            }

            ArtifactRecord record = Read(json);
            if (record.Key != key)
                throw SubstituterFault.Artifact(Message.Of(Key.ReasonRecordIsForAnotherKey));
            return ReasonAgainst(record) is { } reason ? throw SubstituterFault.Artifact(Message.Of(Key.ReasonRecordIsWrong, reason)) : record;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException
            or ArgumentException or OverflowException)
        {
            throw SubstituterFault.Artifact(Message.Of(Key.ReasonRecordIsNoRecordOfArtifact), e);
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
            Times = json.TryGetProperty("times", out _) ? Text(json, "times") : null,
            Attributes = json.TryGetProperty("attributes", out _) ? Text(json, "attributes") : null,
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
        if (!IsDigest(record.Digest) || !IsDigest(record.PackDigest) || (record.Times is { } times && !IsDigest(times))
            || (record.Attributes is { } attributes && !IsDigest(attributes)))
            return Message.Of(Key.ReasonDigestIsNone);
        if (record.Packing is not (ArtifactRecord.Tar or ArtifactRecord.TarGzip))
            return Message.Of(Key.ReasonPackingIsNotKnown);
        if (record.Size < 0 || record.PackSize <= 0)
            return Message.Of(Key.ReasonSizeIsNone);
        if (record.FileName is { } file && ArtifactPack.ReasonAgainstName(file) is { } reason)
            return Message.Of(Key.ReasonNameOfItsFile, reason);
        return record.Name.Length > LongestName || record.MadeBy.Length > LongestName ? Message.Of(Key.ReasonNameIsLongerThanAnyCan) : null;
    }

    public static bool IsDigest(string text) => text.Length == 64 && ContentHash.IsHex(text);
}
