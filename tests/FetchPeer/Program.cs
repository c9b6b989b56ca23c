using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Http;
using ProcessDedup.FetchPeer;
using ProcessDedup.Store;

// The other process of the tests of downloads. It says what it did on lines of standard output.
try
{
    Action<string[]> run = args.FirstOrDefault() switch
    {
        "download" => Download,
        "claim" => Claim,
        _ => throw new ArgumentException("download CACHE KEY URL | claim CACHE KEY"),
    };
    run(args[1..]);
    return 0;
}
catch (FetchException e)
{
    Say($"ERROR {e.Error} {e.Message}");
    return 1;
}

static void Say(string line) => Console.Out.WriteLine(line);

// download CACHE KEY URL: GOT BYTES, one for each piece that is on the disk; DONE at the end. The part is left free.
static void Download(string[] words)
{
    using PartialDownload part = new PartialDownloads(words[0]).Claim(words[1]);
    var clock = Stopwatch.StartNew();
    HttpAnswer answer = HttpDownload.Run(
        new HttpSource(new Uri(words[2])), new HttpLimits(), null, [], part, new TellingObserver(Say), CancellationToken.None);
    using var self = Process.GetCurrentProcess();
    Say(string.Create(
        CultureInfo.InvariantCulture,
        $"DONE {answer.Hashes["sha256"].Hex} length={answer.Length} resumed={answer.Resumed} peak={self.PeakWorkingSet64} ms={clock.ElapsedMilliseconds}"));
}

// claim CACHE KEY: CLAIMED with the bytes that were there; lets it go at the next line.
static void Claim(string[] words)
{
    Say("READY");
    Console.In.ReadLine();
    using PartialDownload part = new PartialDownloads(words[0]).Claim(words[1]);
    Say(string.Create(CultureInfo.InvariantCulture, $"CLAIMED {part.Length}"));
    Console.In.ReadLine();
}
