using System.IO;
using System.Linq;
using ProcessDedup.Locks;

namespace ProcessDedup.Tests.Harness;

/// <summary>The record of who holds a lock and why: it comes a moment after the lock itself.</summary>
internal static class OwnerFile
{
    public static void Await(LockTarget target) =>
        Eventually.True(() => File.Exists(target.LockFile + ".owner"), "the owner record of " + target.Display);

    /// <summary>That of somebody who fetches something.</summary>
    public static void AwaitFetch(TestDirectory place) => Eventually.True(
        () => Directory.Exists(place.Root.LocksDirectory) && Directory.EnumerateFiles(place.Root.LocksDirectory, "fetch-*.owner").Any(),
        "the owner record of a fetch");
}
