using System;
using System.Text.Json;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>How a moment is written.</summary>
internal static class MachineMomentJson
{
    public static void Write(Utf8JsonWriter json, MachineMoment moment)
    {
        json.WriteNumber("utc", moment.Utc.ToUnixTimeMilliseconds());
        json.WriteString("boot", moment.BootId);
        json.WriteNumber("ticks", moment.Ticks);
    }

    public static MachineMoment Read(JsonElement json) => new(
        json.GetProperty("boot").GetString() ?? string.Empty,
        json.GetProperty("ticks").GetInt64(),
        DateTimeOffset.FromUnixTimeMilliseconds(json.GetProperty("utc").GetInt64()));
}
