using System;
using System.Formats.Tar;
using System.IO;
using System.Threading;
using ProcessDedup.Store;
using ProcessDedup.Substituters;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Substituters;

/// <summary>Modes on their way through a substituter: what the digest covers, and nothing else.</summary>
public sealed class ModePackTests : IDisposable
{
    private readonly Substituting _it = new();
    private readonly Planted _planted;

    public ModePackTests() => _planted = new Planted(_it);

    public void Dispose() => _it.Dispose();

    private static UstarTarEntry Directory(string name, string octal) =>
        new UstarTarEntry(TarEntryType.Directory, name) { Mode = (UnixFileMode)Convert.ToInt32(octal, 8) };

    private static TarEntry File(string name, string octal) => Tars.FileOf(name, mode: (UnixFileMode)Convert.ToInt32(octal, 8));

    // The digest of a tree with "dir/file".
    private string DigestOf(string directory, string file)
    {
        string tree = _it.Place.NewDirectory("t" + Guid.NewGuid().ToString("N"));
        string inside = System.IO.Directory.CreateDirectory(Path.Combine(tree, "dir")).FullName;
        System.IO.File.WriteAllText(Path.Combine(inside, "file"), "content");
        Modes.Set(Path.Combine(inside, "file"), file);
        Modes.Set(inside, directory);
        return TreeManifest.Of(tree, CancellationToken.None, keepsModes: true).Digest.Hex;
    }

    [Fact]
    public void They_come_back_in_the_manifest_and_not_on_the_disk()
    {
        string tree = Modes.Make(_it.Place.File("modes"));
        TreeManifest manifest = TreeManifest.Of(tree, CancellationToken.None, keepsModes: true);
        string directory = _it.Place.NewDirectory("cache");
        new ArtifactPublisher(_it.Options(), _it.Store).Publish(directory, Substituting.Facts(), tree, manifest, null, CancellationToken.None);
        Substituted restored = _it.Restore(directory)!;
        Assert.Equal(manifest.Items, restored.Manifest.Items);
        Assert.Equal("755", Modes.Of(Path.Combine(_it.Filled, "private")));
        Assert.Equal("644", Modes.Of(Path.Combine(_it.Filled, "600")));
    }

    [Theory]
    [InlineData("755", "644")]
    [InlineData("700", "600")]
    [InlineData("555", "755")]
    [InlineData("0", "0")]
    public void A_pack_with_the_modes_of_its_digest_is_taken(string directory, string file)
    {
        _planted.PutPack(Tars.Tar(Directory("dir/", directory), File("dir/file", file)), digest: DigestOf(directory, file), size: 7);
        Assert.NotNull(_it.Restore(_planted.Directory));
    }

    [Theory]
    [InlineData("755", "600")]
    [InlineData("700", "644")]
    [InlineData("755", "755")]
    [InlineData("777", "666")]
    public void A_pack_with_other_modes_than_its_digest_is_refused(string directory, string file)
    {
        _planted.PutPack(Tars.Tar(Directory("dir/", directory), File("dir/file", file)), digest: DigestOf("755", "644"), size: 7);
        _it.RefusedFor("another digest", _planted.Directory);
    }

    [Fact]
    public void Nobody_gets_setuid_setgid_or_sticky()
    {
        _planted.PutPack(Tars.Tar(Directory("dir/", "7755"), File("dir/file", "6755")), digest: DigestOf("755", "755"), size: 7);
        Substituted restored = _it.Restore(_planted.Directory)!;
        Assert.All(restored.Manifest.Items, item => Assert.Null(item.Mode));
        Assert.Equal("755", Modes.Of(Path.Combine(_it.Filled, "dir/file")));
    }
}
