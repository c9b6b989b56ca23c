using System;
using System.IO;
using System.Linq;
using System.Text;
using ProcessDedup.Fetch;
using ProcessDedup.Flight;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch;

/// <summary>Caches of tests, and what must be true of them.</summary>
internal static class Caches
{
    public static FetchCache Cache(this TestDirectory place) => FetchCache.Open(place.Root);

    public static FetchCache CacheWithoutLocks(this TestDirectory place) =>
        new(CacheStore.Open(place.Root), new FlightHooks { WithoutLocks = true });

    public static FetchException Fails(this FetchCache cache, FetchRequest request, FetchError error)
    {
        FetchException e = Assert.Throws<FetchException>(() => cache.Get(request));
        Assert.True(e.Error == error, $"{e.Error} instead of {error}: {e}");
        return e;
    }

    /// <summary>Nothing is left in the making.</summary>
    public static void AssertNothingInTheMaking(this FetchCache cache)
    {
        Assert.Empty(Directory.GetFileSystemEntries(System.IO.Path.Combine(cache.Directory, "tmp")));
        Assert.Empty(Directory.EnumerateFiles(System.IO.Path.Combine(cache.Directory, "partial"), "*", SearchOption.AllDirectories));
    }

    /// <summary>In no file and no name below the cache.</summary>
    public static void AssertNowhere(this FetchCache cache, params string[] secrets)
    {
        int files = 0;
        foreach (string path in Directory.EnumerateFileSystemEntries(cache.Directory, "*", SearchOption.AllDirectories))
        {
            byte[] content = File.Exists(path) ? File.ReadAllBytes(path) : [];
            files += content.Length > 0 ? 1 : 0;
            foreach (byte[] secret in secrets.Select(Encoding.UTF8.GetBytes))
            {
                Assert.True(content.AsSpan().IndexOf(secret) < 0, $"'{path}' holds a secret.");
                Assert.False(path.Contains(Encoding.UTF8.GetString(secret), StringComparison.Ordinal), path);
            }
        }

        Assert.True(files > 3, "There was nothing to look at.");
    }

    public static string Text(this FetchResult result, string file) => File.ReadAllText(System.IO.Path.Combine(result.Path, file));
}
