using System;
using System.Globalization;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;

namespace ProcessDedup.Bench.Contenders;

/// <summary>
/// Gets one address after the other, as a program over Core does, into the cache that the environment names. Writes a
/// line for each: ns that it took, and the path.
/// </summary>
internal static class FetchWorker
{
    public const string Verb = "fetch-worker";

    public static int Run(ReadOnlySpan<string> addresses)
    {
        FetchCache cache = FetchCache.Open(LockRoot.Default());
        foreach (string address in addresses)
        {
            long before = Worker.Now();
            FetchResult result = cache.Get(new FetchRequest(address) { MaxAge = TimeSpan.FromHours(1) });
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Worker.Now() - before} {result.Path}"));
        }

        return 0;
    }
}
