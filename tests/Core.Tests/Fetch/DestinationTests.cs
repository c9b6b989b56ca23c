using System;
using System.IO;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch;

/// <summary>Where a file goes that is wanted at "newdir/".</summary>
public sealed class DestinationTests : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly Origin _origin = new();

    public void Dispose()
    {
        _origin.Dispose();
        _place.Dispose();
    }

    [Fact]
    public void A_destination_that_ends_in_a_slash_is_a_directory_that_is_made()
    {
        string url = _origin.Serve("/tool.bin", 100).Url;
        for (int i = 0; i < 2; i++)
        {
            using Peer peer = Peer.Procdedup(_place, "fetch", url, "--out", _place.File("newdir") + "/");
            (int code, string output, string errors) = peer.Finish();
            Assert.True(code == 0, errors);
            Assert.Equal(_place.File("newdir/tool.bin"), output);
            Assert.Equal(100, new FileInfo(output).Length);
        }

        // Without it, it is the file.
        Assert.Equal(_place.File("file"), _place.Cache().Get(new FetchRequest(url) { Destination = _place.File("file") }).Path);
        Assert.Equal(100, new FileInfo(_place.File("file")).Length);
    }

    [Fact]
    public void An_artifact_that_is_a_file_goes_into_it_too()
    {
        File.WriteAllText(_place.File("made"), "made");
        ArtifactCache cache = ArtifactCache.Open(_place.Root);
        cache.Save(new ArtifactRequest(ArtifactKey.Of("k")), _place.File("made"));
        Artifact restored = cache.Restore(new ArtifactRequest(ArtifactKey.Of("k")) { Destination = _place.File("dir") + "/" });
        Assert.Equal(_place.File("dir/made"), restored.Path);
    }

    [Fact]
    public void What_is_a_file_or_has_no_parent_is_no_directory()
    {
        string url = _origin.Serve("/tool.bin", 100).Url;
        File.WriteAllText(_place.File("taken"), "mine");
        _place.Cache().Fails(new FetchRequest(url) { Destination = _place.File("taken") + "/" }, FetchError.DestinationInvalid);
        Assert.Equal("mine", File.ReadAllText(_place.File("taken")));
        _place.Cache().Fails(new FetchRequest(url) { Destination = _place.File("no/newdir") + "/" }, FetchError.DestinationInvalid);
    }
}
