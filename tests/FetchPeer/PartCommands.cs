using System;
using System.Diagnostics;
using System.Globalization;
using System.Threading;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Store;

namespace ProcessDedup.FetchPeer;

/// <summary>Parts of downloads, below everything else.</summary>
internal static class PartCommands
{
    /// <summary>download CACHE KEY URL: GOT BYTES, one for each piece that is on the disk; DONE at the end. The part is
    /// left free.</summary>
    public static void Download(string[] words)
    {
        using PartialDownload part = new PartialDownloads(words[0]).Claim(words[1]);
        var clock = Stopwatch.StartNew();
        HttpAnswer answer = HttpDownload.Run(
            new HttpSource(new Uri(words[2])), new HttpLimits(), null, [], part, new TellingObserver(Speech.Say), CancellationToken.None);
        using var self = Process.GetCurrentProcess();
        Speech.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"DONE {answer.Hashes["sha256"].Hex} length={answer.Length} resumed={answer.Resumed} peak={self.PeakWorkingSet64} ms={clock.ElapsedMilliseconds}"));
    }

    /// <summary>claim CACHE KEY: CLAIMED with the bytes that were there; lets it go at the next line.</summary>
    public static void Claim(string[] words)
    {
        Speech.BeReady();
        using PartialDownload part = new PartialDownloads(words[0]).Claim(words[1]);
        Speech.Say(string.Create(CultureInfo.InvariantCulture, $"CLAIMED {part.Length}"));
        Speech.Hear();
    }
}
