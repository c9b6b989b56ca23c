using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace ProcessDedup.Tests.Harness;

/// <summary>A file system of the test's own; unmounted afterwards. Skips the test where mounting is not permitted.</summary>
internal sealed class Mounted : IDisposable
{
    private readonly TestDirectory _place;

    private Mounted(TestDirectory place, string point) => (_place, Point) = (place, point);

    public string Point { get; }

    /// <summary>A tmpfs with room for little.</summary>
    public static Mounted Tmpfs(TestDirectory place, string options)
    {
        string point = place.NewDirectory("mounted");
        return Try(place, point, ["mount", "-t", "tmpfs", "-o", options, "none", point]);
    }

    /// <summary>A FUSE file system that shows another directory.</summary>
    public static Mounted Fuse(TestDirectory place)
    {
        Assert.SkipWhen(Programs.Find("bindfs") is null, "bindfs is not installed (apt-get install bindfs)");
        Assert.SkipUnless(System.IO.File.Exists("/dev/fuse"), "there is no /dev/fuse");
        return Try(place, place.NewDirectory("mounted"), ["bindfs", place.NewDirectory("behind"), place.File("mounted")]);
    }

    /// <summary>Shows an existing file at another path as well.</summary>
    public static Mounted FileAt(TestDirectory place, string file, string point)
    {
        System.IO.File.WriteAllText(point, string.Empty);
        return Try(place, point, ["mount", "--bind", file, point]);
    }

    public void Remount(string options)
    {
        using Peer mount = Peer.Run(_place, "mount", "-o", "remount," + options, Point);
        Assert.Equal(0, mount.WaitForExit());
    }

    private static Mounted Try(TestDirectory place, string point, IReadOnlyList<string> command)
    {
        Assert.SkipWhen(Programs.Find(command[0]) is null, command[0] + " is not installed");
        using Peer mount = Peer.Run(place, command[0], command.Skip(1).ToArray());
        Assert.SkipUnless(mount.WaitForExit() == 0, $"{command[0]} is not permitted here: {mount.Errors.Trim()}");
        return new Mounted(place, point);
    }

    public void Dispose()
    {
        using Peer unmount = Peer.Run(_place, "umount", "-l", Point);
        unmount.WaitForExit();
    }
}
