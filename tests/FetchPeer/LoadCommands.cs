using System;
using System.IO;
using System.Net.Http;
using System.Runtime.InteropServices;
using ProcessDedup.Fetch;

namespace ProcessDedup.FetchPeer;

/// <summary>Native libraries: READY; for every line that comes, an address, LOADED or FAILED TEXT.</summary>
internal static class LoadCommands
{
    /// <summary>load EXPORT: each comes from the cache.</summary>
    public static void Cached(string[] words)
    {
        FetchCache cache = new PeerOptions([]).Open();
        Speech.Say("READY");
        while (Speech.Hear() is { } address)
            Load(() => cache.Get(new FetchRequest(address) { MaxAge = TimeSpan.FromHours(1) }).Path, words[0]);
    }

    /// <summary>
    /// load-naively EXPORT DIRECTORY: as Deno's plug does, straight to the place where it is looked for; what exists
    /// counts as complete.
    /// </summary>
    public static void Naive(string[] words)
    {
        using var http = new HttpClient();
        Speech.Say("READY");
        while (Speech.Hear() is { } address)
        {
            Load(
                () =>
                {
                    string path = Path.Combine(words[1], Path.GetFileName(new Uri(address).LocalPath));
                    if (File.Exists(path))
                        return path;
                    using Stream body = http.Send(new HttpRequestMessage(HttpMethod.Get, address), HttpCompletionOption.ResponseHeadersRead)
                        .Content.ReadAsStream();
                    using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, 1);
                    body.CopyTo(file);
                    return path;
                },
                words[0]);
        }
    }

    private static void Load(Func<string> get, string export)
    {
        try
        {
            nint library = NativeLibrary.Load(get());
            Speech.Say(NativeLibrary.TryGetExport(library, export, out _) ? "LOADED" : "FAILED without " + export);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or DedupException or IOException)
        {
            Speech.Say("FAILED " + e.Message.ReplaceLineEndings(" "));
        }
    }
}
