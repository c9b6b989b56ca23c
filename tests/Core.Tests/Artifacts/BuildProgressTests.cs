using System;
using System.IO;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Artifacts;

/// <summary>What those who wait see of a build.</summary>
public sealed class BuildProgressTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_save_that_gets_on_can_be_told_from_one_that_hangs()
    {
        string source = _place.NewDirectory("source");
        using (Peer mkfifo = Peer.Run(_place, "mkfifo", Path.Combine(source, "pipe")))
            mkfifo.Finish();
        // A save that ends in the middle leaves what it told last.
        var request = new ArtifactRequest(ArtifactKey.Of("k"));
        Assert.Throws<FetchException>(() => ArtifactCache.Open(_place.Root).Save(request, source));
        Assert.StartsWith("saves: ", request.Activity.Describe(), StringComparison.Ordinal);
        string directory = _place.NewDirectory("out");
        File.WriteAllText(Path.Combine(directory, "one"), "12345");
        Assert.Equal("saves: 1 files with 5 bytes made", new BuildPlace("k", directory, _place.File("logs"), null).DescribeCopy());
    }

    [Fact]
    public void What_takes_time_after_the_build_is_told_instead_of_it()
    {
        var request = new ArtifactRequest(ArtifactKey.Of("k")) { Destination = _place.File("copy") };
        ArtifactCache.Open(_place.Root).Build(request, p => File.WriteAllText(Path.Combine(p.Directory, "x"), "x"));
        Assert.Equal("copying", request.Activity.Describe());
    }

    [Fact]
    public void Links_are_not_followed_out_of_what_is_built_nor_in_circles()
    {
        string directory = _place.NewDirectory("out");
        string elsewhere = _place.NewDirectory("elsewhere");
        File.WriteAllText(Path.Combine(elsewhere, "not ours"), "x");
        Directory.CreateDirectory(Path.Combine(directory, "d"));
        File.WriteAllText(Path.Combine(directory, "d/one"), "12345");
        Links.ToFile(Path.Combine(directory, "outside"), elsewhere);
        // Two in a circle are two to the power of forty ways.
        Links.ToFile(Path.Combine(directory, "a"), ".");
        Links.ToFile(Path.Combine(directory, "d/b"), "..");
        Links.ToFile(Path.Combine(directory, "d/c"), "..");
        Assert.Equal("builds: 0 lines printed, 1 files with 5 bytes made", new BuildPlace("k", directory, _place.File("logs"), null).Describe());
    }
}
