using System;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Store;

/// <summary>What is recorded of modes, and what the store makes of it.</summary>
public sealed class TreeModeTests : IDisposable
{
    private static readonly string Hash = ContentHash.HexOf("x");

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private static TreeManifest Of(string tree) => TreeManifest.Of(tree, CancellationToken.None, keepsModes: true);

    private static string Text(params string[] lines) =>
        "procdedup-tree 1\n" + string.Concat(lines.Select(line => line + "\n")) + $"end {lines.Length}\n";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_digest_of_a_tree_with_the_usual_modes_is_what_it_always_was(bool keepsModes)
    {
        string tree = _place.NewDirectory("usual");
        Directory.CreateDirectory(Path.Combine(tree, "d"));
        Modes.Set(Path.Combine(tree, "d"), "2755");
        File.WriteAllText(Path.Combine(tree, "d/f"), "1234");
        Modes.Set(Path.Combine(tree, "d/f"), "644");
        Links.ToFile(Path.Combine(tree, "link"), "d/f");
        File.WriteAllText(Path.Combine(tree, "run"), "#!");
        // Who restores it is not to run it as somebody else.
        Modes.Set(Path.Combine(tree, "run"), "6755");
        Assert.Equal(
            "b23cef8a3fc5d8ff297593d777103b1efde1b2d19a7f87e1fffaac5e59a683c2",
            TreeManifest.Of(tree, CancellationToken.None, keepsModes).Digest.Hex);
    }

    [Fact]
    public void Other_modes_are_written_and_read_again()
    {
        TreeManifest manifest = Of(Modes.Make(_place.File("tree")));
        string file = _place.File("manifest");
        manifest.Write(file);
        Assert.Equal(
            ["f444", "f600", "f640", "f", "f654", "f666", "x750", "x", "d555", "d555", "f400", "l", "d700"],
            File.ReadAllLines(file)[1..^1].Select(line => line.Split(' ')[0]));
        Assert.Equal(manifest.Items, TreeManifest.Read(file).Items);
        Assert.Equal(manifest.Digest, TreeManifest.Read(file).Digest);
        Assert.NotEqual(manifest.Digest, TreeManifest.Of(_place.File("tree"), CancellationToken.None).Digest);
    }

    [Theory]
    [InlineData("f000")]
    [InlineData("f640")]
    [InlineData("f677")]
    [InlineData("x750")]
    [InlineData("x100")]
    public void A_mode_that_fits_its_letter_is_read(string kind) =>
        Assert.Equal(Convert.ToInt32(kind[1..], 8), Assert.Single(TreeText.Parse(Text($"{kind} {Hash} 1 a"))!).Mode);

    [Theory]
    [InlineData("f644")]
    [InlineData("x755")]
    [InlineData("f755")]
    [InlineData("f700")]
    [InlineData("x644")]
    [InlineData("x640")]
    [InlineData("f64")]
    [InlineData("f0640")]
    [InlineData("f1640")]
    [InlineData("f4755")]
    [InlineData("f648")]
    [InlineData("f6a0")]
    [InlineData("f+64")]
    [InlineData("f٦٤٠")]
    [InlineData("640")]
    [InlineData("F640")]
    [InlineData("")]
    public void Only_one_way_to_write_a_mode_is_read(string kind)
    {
        Assert.NotNull(TreeText.Parse(Text($"f {Hash} 1 a")));
        Assert.Null(TreeText.Parse(Text($"{kind} {Hash} 1 a")));
    }

    [Theory]
    [InlineData("d700 a", true)]
    [InlineData("d000 a", true)]
    [InlineData("d755 a", false)]
    [InlineData("d1777 a", false)]
    [InlineData("d70 a", false)]
    [InlineData("l b a", true)]
    [InlineData("l777 b a", false)]
    [InlineData("l640 b a", false)]
    public void Directories_have_modes_and_links_have_none(string line, bool isRead) =>
        Assert.Equal(isRead, TreeText.Parse(Text(line)) is not null);

    [Fact]
    public void The_store_keeps_modes_in_the_manifest_alone_and_still_finds_every_change()
    {
        CacheStore store = CacheStore.Open(_place.Root);
        TreeManifest manifest = Publish(store, "one");
        string digest = manifest.Digest.Hex, tree = store.Layout.TreeDirectory(digest);
        Assert.Empty(store.Trees.Verify(digest, CancellationToken.None));
        Assert.Equal(
            ["444 444", "444 600", "444 640", "444 644", "444 654", "444 666", "555 750", "555 755", "755 closed", "755 closed/deep", "444 closed/deep/file", "755 private"],
            Modes.Below(tree));
        // The same again is there already, and is not taken for damaged.
        Publish(store, "two");
        Assert.Empty(Directory.GetFileSystemEntries(store.Layout.Quarantine));
        Modes.Set(Path.Combine(tree, "600"), "555");
        Modes.Set(Path.Combine(tree, "750"), "444");
        Modes.Set(Path.Combine(tree, "640"), "600");
        File.WriteAllText(Path.Combine(tree, "640"), "046");
        Assert.Equal(["600", "640", "750"], store.Trees.Verify(digest, CancellationToken.None).Select(d => d.Path));
    }

    [Fact]
    public void A_copy_has_the_modes_of_its_manifest_and_a_linked_one_those_of_the_store()
    {
        CacheStore store = CacheStore.Open(_place.Root);
        TreeManifest manifest = Publish(store, "one");
        string tree = store.Layout.TreeDirectory(manifest.Digest.Hex);
        CopyOut.Tree(tree, manifest, _place.File("copy"), CopyMode.Copy, CancellationToken.None, isVerified: true);
        Assert.Equal(Modes.Below(Modes.Make(_place.File("made"))), Modes.Below(_place.File("copy")));
        CopyOut.Tree(tree, manifest, _place.File("linked"), CopyMode.HardLink, CancellationToken.None, isVerified: true);
        Assert.Equal("444", Modes.Of(_place.File("linked/600")));
        Assert.Equal("700", Modes.Of(_place.File("linked/private")));
        Assert.Equal("444", Modes.Of(Path.Combine(tree, "600")));
        // What was copied elsewhere before is what is wanted, whatever its user did to its modes.
        Modes.Set(_place.File("copy/600"), "664");
        CopyOut.Tree(tree, manifest, _place.File("copy"), CopyMode.Copy, CancellationToken.None, isVerified: true);
        Assert.Equal("664", Modes.Of(_place.File("copy/600")));
        Assert.DoesNotContain(Directory.GetFileSystemEntries(_place.Path), path => path.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void A_directory_that_hands_on_its_group_still_does()
    {
        CacheStore store = CacheStore.Open(_place.Root);
        TreeManifest manifest = Publish(store, "one");
        Modes.Set(_place.NewDirectory("group"), "2775");
        CopyOut.Tree(store.Layout.TreeDirectory(manifest.Digest.Hex), manifest, _place.File("group/copy"), CopyMode.Copy, CancellationToken.None);
        Assert.Equal("2700", Modes.Of(_place.File("group/copy/private")));
        Assert.Equal("600", Modes.Of(_place.File("group/copy/600")));
    }

    private TreeManifest Publish(CacheStore store, string name)
    {
        using StagingDirectory place = store.NewStaging();
        string tree = Modes.Make(place.File(name));
        TreeManifest manifest = Of(tree);
        store.Trees.Publish(tree, manifest, null, null);
        return manifest;
    }
}
