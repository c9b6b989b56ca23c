using System.Text.Json;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch.Forges;

/// <summary>Answers of an API, as far as they are what they should be.</summary>
internal static class ForgeAnswer
{
    public static JsonDocument Json(string display, string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException e)
        {
            throw FetchFailures.AnswerNotUnderstood(display, Message.Of(Key.ReasonNoJson), e);
        }
    }

    /// <summary>A text property; empty if there is none.</summary>
    public static string Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : string.Empty;
}
