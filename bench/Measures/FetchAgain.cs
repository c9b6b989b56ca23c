using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using ProcessDedup.Bench.Contenders;
using ProcessDedup.Bench.Report;

namespace ProcessDedup.Bench.Measures;

/// <summary>What a script pays that asks for what it got before: a process each time.</summary>
internal sealed class FetchAgain : Measure
{
    private static readonly string[] Columns = [DownloadField.CurlRevalidating, DownloadField.NixPrefetch, DownloadField.MakeFetchHappen];

    public override string Name => "fetch-again";

    public override IEnumerable<Row> Run(Bench bench)
    {
        if (bench.Downloads is not { } field)
            yield break;
        Uri address = field.Origin.Serve("64m", 64 << 20);
        Downloader ours = field.Product ?? field.Worker;
        // nix-prefetch-url only looks into its store if it is told the hash.
        Uri pinned = new(address, "#" + Hash(field.Origin.PathOf(address)));
        var contenders = field.Named(Columns).Prepend(ours)
            .Select(c => (Downloader: c, Address: c.Name == DownloadField.NixPrefetch ? pinned : address, Directory: field.NewDirectory(c))).ToArray();
        var times = contenders.ToDictionary(c => c.Downloader.Name, _ => new List<double>());
        int rounds = bench.Pick(30, 8);
        // The first fills the caches.
        for (int round = -2; round < rounds; round++)
        {
            foreach ((Downloader contender, Uri asked, string directory) in contenders)
            {
                double time = DownloadRun.OfMany(contender, asked, directory, 1);
                if (round >= 0)
                    times[contender.Name].Add(time);
            }
        }

        string program = field.Product is null ? "a program over Core" : "procdedup fetch";
        yield return Row.OfTimes(
            $"{program}, 64 MiB that are there", Columns, Field.Ours,
            times.ToDictionary(t => t.Key, t => Figures.Median(t.Value)), DownloadField.CurlRevalidating);
        foreach (string directory in contenders.Select(c => c.Directory))
            Directory.Delete(directory, recursive: true);
    }

    private static string Hash(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(file)).ToLowerInvariant();
    }
}
