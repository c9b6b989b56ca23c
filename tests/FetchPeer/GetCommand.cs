using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Security.Cryptography;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Store;

namespace ProcessDedup.FetchPeer;

/// <summary>
/// get URL… : READY; at the next line it gets them one after the other: OK STATUS SHA256 SIZE PATH, or ERROR ID TEXT.
/// BROKEN if what is at the path is not what was promised. With a coordinator it says TOLD SENTENCE too.
/// </summary>
internal static class GetCommand
{
    public static void Run(string[] words)
    {
        var options = new PeerOptions(words);
        FetchCache cache = options.Open();
        var given = new List<FetchResult>();
        Speech.BeReady();
        foreach (string address in options.Addresses)
        {
            FetchRequest request = options.Request(address);
            try
            {
                FetchResult result = cache.Get(request);
                given.Add(result);
                string broken = options.Reads ? Flaw(result) ?? string.Empty : string.Empty;
                Speech.Say(broken.Length > 0 ? $"BROKEN {broken}" : Described(result));
            }
            catch (DedupException e)
            {
                Speech.Say($"ERROR {e.ErrorId} {e.Message}");
            }

            while (options.Coordinator is not null && request.Activity.TakeRemark() is { } remark)
                Speech.Say("TOLD " + remark);
        }

        if (options.Holds)
            Hold(given);
        Speech.Say("END");
    }

    private static string Described(FetchResult result) => string.Create(
        CultureInfo.InvariantCulture, $"OK {result.Status} {Hex(result)} {result.Size} {result.Path}");

    private static void Hold(List<FetchResult> given)
    {
        using var ended = new ManualResetEventSlim();
        new Thread(() =>
        {
            while (Speech.Hear() is not null)
            {
            }

            ended.Set();
        })
        { IsBackground = true }.Start();
        Speech.Say("HOLDS");
        long looks = 0;
        do
        {
            foreach (FetchResult result in given)
            {
                looks++;
                if (Flaw(result) is { } flaw)
                    Speech.Say($"BROKEN {flaw}");
            }
        }
        while (!ended.IsSet);
        Speech.Say(string.Create(CultureInfo.InvariantCulture, $"LOOKED {looks}"));
    }

    /// <summary>What is wrong with what was given; null if nothing is.</summary>
    private static string? Flaw(FetchResult result)
    {
        try
        {
            string found = result.IsDirectory
                ? TreeManifest.Of(result.Path, CancellationToken.None).Digest.Hex
                : HashOf(result.Path);
            return found == Hex(result) ? null : $"{result.Uri} {result.Path} has {found} instead of {result.Digest}";
        }
        catch (Exception e) when (e is IOException or DedupException)
        {
            return $"{result.Uri} {result.Path} {e.GetType().Name} {e.Message}";
        }
    }

    private static string HashOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(file)).ToLowerInvariant();
    }

    private static string Hex(FetchResult result) => result.Digest[(ContentHash.Sha256.Length + 1)..];
}
