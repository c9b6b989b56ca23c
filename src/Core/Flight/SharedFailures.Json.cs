using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using ProcessDedup.Fetch;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Flight;

/// <summary>How a leader's failure is written for those who wait, and read.</summary>
internal static class FailureJson
{
    public static byte[] Write(string scope, FetchException failure)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            MachineMomentJson.Write(json, MachineMoment.Now);
            json.WriteString("scope", scope);
            json.WriteString("error", failure.Error.ToString());
            json.WriteString("target", failure.Target);
            // What a block has printed, or thrown, is anybody's text.
            json.WriteString(
                "cause", failure.Error == FetchError.ProducerFailed ? RedactedCommandLine.OfOutput(failure.Cause) : failure.Cause);
            json.WriteString("next", failure.NextStep);
            if (failure.StatusCode is { } status)
                json.WriteNumber("status", status);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Null if it is of another scope, is no record, or happened before <paramref name="asked"/>.</summary>
    /// <param name="content">What was written.</param>
    /// <param name="scope">Of whoever reads.</param>
    /// <param name="asked">Null: when it happened is known otherwise.</param>
    public static FetchException? TryRead(byte[] content, string scope, MachineMoment? asked = null)
    {
        try
        {
            using var json = JsonDocument.Parse(content);
            JsonElement e = json.RootElement;
            return (asked is not { } start || MachineMomentJson.Read(e).IsSince(start))
                && e.GetProperty("scope").GetString() == scope
                && Enum.TryParse(e.GetProperty("error").GetString(), out FetchError error)
                ? new FetchException(error, Text(e, "target"), Text(e, "cause"), Text(e, "next"))
                {
                    StatusCode = e.TryGetProperty("status", out JsonElement status) ? status.GetInt32() : null,
                }
                : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException
            or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private static string Text(JsonElement json, string name) =>
        RedactedCommandLine.Sanitize(json.GetProperty(name).GetString() ?? string.Empty);
}
