using System;
using System.IO;
using ProcessDedup.Artifacts;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Artifacts;

/// <summary>What those who wait see of a build.</summary>
public sealed class BuildProgressTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Links_are_not_followed_out_of_what_is_built_nor_in_circles()
    {
        string directory = _place.NewDirectory("out");
        string elsewhere = _place.NewDirectory("elsewhere");
        File.WriteAllText(Path.Combine(elsewhere, "not ours"), "x");
        Directory.CreateDirectory(Path.Combine(directory, "d"));
        File.WriteAllText(Path.Combine(directory, "d/one"), "12345");
        File.CreateSymbolicLink(Path.Combine(directory, "outside"), elsewhere);
        // Two in a circle are two to the power of forty ways.
        File.CreateSymbolicLink(Path.Combine(directory, "a"), ".");
        File.CreateSymbolicLink(Path.Combine(directory, "d/b"), "..");
        File.CreateSymbolicLink(Path.Combine(directory, "d/c"), "..");
        Assert.Equal("builds: 0 lines printed, 1 files with 5 bytes made", new BuildPlace("k", directory, _place.File("logs"), null).Describe());
    }
}
