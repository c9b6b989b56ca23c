using System.Text.Json;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>How the records of holders and waiters name a process.</summary>
internal static class ProcessIdentityJson
{
    public static void Write(Utf8JsonWriter json, ProcessIdentity process)
    {
        json.WriteNumber("pid", process.ProcessId);
        json.WriteNumber("start", process.StartTicks);
        json.WriteString("boot", process.BootId);
        json.WriteString("namespace", process.Namespace);
    }

    public static ProcessIdentity Read(JsonElement json) => new(
        json.GetProperty("pid").GetInt32(),
        json.GetProperty("start").GetInt64(),
        json.GetProperty("boot").GetString() ?? string.Empty,
        json.GetProperty("namespace").GetString() ?? string.Empty);
}
