using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Threading.Tasks;

namespace ProcessDedup.Tour;

/// <summary>Eight processes want one file at the same moment; the server is asked once.</summary>
internal static class OneDownload
{
    /// <summary>How many processes ask.</summary>
    public const int Requests = 2 * OfEach;

    private const int OfEach = 4;

    public static async Task PlayAsync(Stage stage)
    {
        Screen screen = stage.Screen;
        byte[] content = Pack(Path.GetDirectoryName(stage.Module)!);
        string size = Size(content.Length);
        string digest = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));
        await using var origin = new Origin("tool.zip", content);

        screen.Scene("One download", $"Eight processes want the same file at the same moment: this module, {size}.");
        screen.PowerShellCommand($"Get-CachedFetch {origin.Url}");
        screen.ShellCommand($"procdedup fetch {origin.Url}");
        List<Job> jobs = [];
        for (int i = 0; i < OfEach; i++)
        {
            jobs.Add(stage.PowerShellJson($"Get-CachedFetch {origin.Url}"));
            jobs.Add(stage.Procdedup("fetch", origin.Url, "--json"));
        }

        bool together = await stage.WaitForWaitersAsync(jobs.Count - 1, jobs);
        origin.Hurry();

        screen.Say();
        int led = 0, sound = 0;
        foreach (Job job in jobs)
        {
            JsonNode got = await job.ReadJsonAsync(stage.Token);
            string status = (string)got["status"]!;
            if (status == "Downloaded")
                led++;
            if ((string)got["digest"]! == digest && await IsAsync((string)got["path"]!, content))
                sound++;
            screen.Tell(job, status switch
            {
                "Downloaded" => $"downloaded {Size((long)got["transferredBytes"]!)}",
                "Waited" => $"waited {(double)got["waitedSec"]!:0.0} s for {got["leader"]}, downloaded nothing",
                _ => status,
            });
        }

        if (jobs.Select(j => j.Notice).FirstOrDefault(n => n is not null) is { } notice)
        {
            screen.Say("   What was to be read meanwhile:");
            screen.Quote(notice);
        }

        screen.Say();
        screen.Check(origin.Requests == 1 && led == 1, $"the server counted {origin.Requests} GET instead of {jobs.Count}");
        screen.Check(together, $"the {jobs.Count - 1} others waited for that one");
        screen.Check(sound == jobs.Count, $"all {jobs.Count} have the same file, with the digest of what was served");
    }

    public static string Size(long bytes) => $"{bytes / 1e6:0.0} MB";

    private static async Task<bool> IsAsync(string path, byte[] content) =>
        (await File.ReadAllBytesAsync(path)).AsSpan().SequenceEqual(content);

    private static byte[] Pack(string folder)
    {
        using var zip = new MemoryStream();
        ZipFile.CreateFromDirectory(folder, zip, CompressionLevel.Fastest, includeBaseDirectory: false);
        return zip.ToArray();
    }
}
