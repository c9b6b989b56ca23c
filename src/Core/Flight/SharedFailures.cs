using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using ProcessDedup.Fetch;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Flight;

/// <summary>
/// A leader's failure, for those who were waiting when it happened: they fail with it at once instead of each trying
/// again. Whoever asks later tries for himself.
/// </summary>
internal sealed class SharedFailures(StoreLayout layout)
{
    private const int LongestRecord = 64 * 1024;

    /// <summary>Tells those who wait. What cannot be written is not told; they try for themselves then.</summary>
    public void Tell(string key, string scope, FetchException failure)
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

        try
        {
            FileSystem.CreatePrivateDirectory(layout.Failures);
            FileSystem.WriteAtomically(layout.FailureFile(key), buffer.ToArray(), FileSystem.PrivateFile);
        }
        catch (PlatformException)
        {
        }
    }

    /// <summary>The failure of a leader for whom this caller waited; null if there is none.</summary>
    public FetchException? Find(string key, string scope, MachineMoment asked)
    {
        if (FileSystem.TryReadSmall(layout.FailureFile(key), LongestRecord) is not { } content)
            return null;
        try
        {
            using var json = JsonDocument.Parse(content);
            JsonElement e = json.RootElement;
            return MachineMomentJson.Read(e).IsSince(asked)
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

    /// <summary>It went well this time.</summary>
    public void Forget(string key)
    {
        if (FileSystem.TryGetFacts(layout.FailureFile(key), out _))
            FileSystem.TryDelete(layout.FailureFile(key));
    }

    private static string Text(JsonElement json, string name) =>
        RedactedCommandLine.Sanitize(json.GetProperty(name).GetString() ?? string.Empty);
}
