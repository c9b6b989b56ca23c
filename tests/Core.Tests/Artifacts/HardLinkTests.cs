using System;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Platform;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Artifacts;

/// <summary>Names of one file come back as names of one file, wherever a tree goes; its digest is that of its content.</summary>
public sealed class HardLinkTests : IDisposable
{
    // Path, inode by its first name, number of names, mode, bytes and time.
    private const string Listing = """
        find . -type f -printf '%i %p %n %m %s %T@\n' | sort -k2 | awk '{ if (!($1 in first)) first[$1] = $2; $1 = first[$1]; print }'
        """;

    private readonly TestDirectory _place = new();
    private readonly string _source;

    public HardLinkTests()
    {
        _source = _place.NewDirectory("source");
        Run($"""
            cd '{_source}'; mkdir dir
            head -c 300000 /dev/urandom > large; ln large dir/again; ln large zz; printf '#!/bin/sh\n' > run; chmod 750 run; ln run dir/run
            echo same > one; echo same > two; touch -d '2020-02-02 02:02:02.5 UTC' large run one two dir .
            """);
    }

    public void Dispose() => _place.Dispose();

    private ArtifactCache Cache => ArtifactCache.Open(_place.Root);

    private static ArtifactRequest Want(string name, string? destination = null, bool readOnly = false) =>
        new(ArtifactKey.Of(name)) { Destination = destination, ReadOnly = readOnly };

    private string Run(string script)
    {
        using Peer peer = Peer.Run(_place, "sh", "-ec", script);
        (int code, string output, string errors) = peer.Finish();
        Assert.True(code == 0, output + errors);
        return output.TrimEnd();
    }

    private string In(string directory) => Run($"cd '{directory}'; {Listing}");

    private long KilobytesOf(string directory) => long.Parse(Run($"du -sk '{directory}' | cut -f1"), System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void A_restored_tree_has_the_hard_links_of_the_original_as_by_cp_and_tar()
    {
        Artifact saved = Cache.Save(Want("k"), _source);
        Cache.Restore(Want("k", _place.File("out")));
        Run($"cp -a '{_source}' '{_place.File("cp")}'; mkdir '{_place.File("tar")}'; tar --format=posix -C '{_source}' -cf - . | tar -C '{_place.File("tar")}' -xpf -");
        string expected = In(_source);
        Assert.Equal((expected, expected), (In(_place.File("cp")), In(_place.File("tar"))));
        Assert.Equal(expected, In(_place.File("out")));
        Assert.Equal(KilobytesOf(_source), KilobytesOf(_place.File("out")));
        Assert.InRange(KilobytesOf(saved.Path!), 0, KilobytesOf(_source) + 16);
        // A name of the copy is written to: so are the others, and neither the store nor the original.
        File.AppendAllText(_place.File("out/zz"), "more");
        Assert.Equal(300_004, new FileInfo(_place.File("out/dir/again")).Length);
        Assert.Equal(300_000, new FileInfo(Path.Combine(saved.Path!, "large")).Length);
    }

    [Fact]
    public void What_is_linked_into_the_store_is_one_file_with_it()
    {
        Artifact saved = Cache.Save(Want("k"), _source);
        Cache.Restore(Want("k", _place.File("out"), readOnly: true));
        Assert.Equal(
            Run($"stat -c %i '{saved.Path}/large'"),
            Assert.Single(Run($"cd '{_place.File("out")}'; stat -c %i large dir/again zz").Split('\n').Distinct()));
    }

    [Fact]
    public void The_digest_is_that_of_the_content_and_each_artifact_has_its_own_links()
    {
        string apart = _place.NewDirectory("apart");
        Run($"cd '{_source}'; cp -r --preserve=mode,timestamps . '{apart}'");
        Artifact linked = Cache.Save(Want("linked"), _source), separate = Cache.Save(Want("separate"), apart);
        Assert.Equal(linked.Digest, separate.Digest);
        Cache.Restore(Want("separate", _place.File("a")));
        Cache.Restore(Want("linked", _place.File("b")));
        Assert.Equal(In(apart), In(_place.File("a")));
        Assert.Equal(In(_source), In(_place.File("b")));
        // A tree that is there is taken as it is.
        Cache.Restore(Want("linked", apart));
    }

    [Fact]
    public void What_a_build_links_from_elsewhere_is_copied_once()
    {
        string other = _place.File("other");
        Artifact built = Cache.Build(Want("k"), place => Run(
            $"echo shared > '{other}'; ln '{other}' '{place.Directory}/a'; ln '{other}' '{place.Directory}/b'; echo x > '{place.Directory}/c'; ln '{place.Directory}/c' '{place.Directory}/d'"));
        Assert.Equal("1", Run($"stat -c %h '{other}'"));
        Cache.Restore(Want("k", _place.File("out")));
        Assert.Equal("2 2 2 2", Run($"cd '{_place.File("out")}'; echo $(stat -c %h a b c d)"));
        Assert.Equal("shared\nx", Run($"cd '{built.Path}'; cat b d"));
    }

    [Fact]
    public void Hard_links_travel_with_what_is_published()
    {
        Cache.Save(Want("k"), _source);
        Cache.Publish(ArtifactKey.Of("k"), _place.File("shelf"), null, new(), new FetchActivity());
        // Packed once, as by tar.
        Assert.InRange(KilobytesOf(_place.File("shelf")), 300, 400);
        using var elsewhere = new TestDirectory();
        ArtifactRequest request = Want("k", elsewhere.File("out")) with { Substituters = new() { Addresses = [_place.File("shelf")] } };
        Assert.Equal(FetchStatus.Substituted, ArtifactCache.Open(elsewhere.Root).Restore(request).Status);
        Assert.Equal(In(_source), In(elsewhere.File("out")));
    }

    [Fact]
    public void Links_that_are_lost_are_a_miss_and_not_a_copy_without_them()
    {
        Artifact saved = Cache.Save(Want("k"), _source);
        foreach (string file in Directory.GetFiles(Path.Combine(_place.Home, "attributes"), "*", SearchOption.AllDirectories))
            File.WriteAllText(file, "procdedup-attributes 1\nh 1 0\nend 1\n");
        Assert.Equal(FetchError.ArtifactNotFound, Assert.Throws<FetchException>(() => Cache.Restore(Want("k", _place.File("out")))).Error);
        Assert.Equal(FetchStatus.Saved, Cache.Save(Want("k"), _source).Status);
        Cache.Restore(Want("k", _place.File("out")));
        Assert.Equal(In(_source), In(_place.File("out")));
        Assert.Equal(saved.Digest, Cache.Restore(Want("k")).Digest);
    }

    [Fact]
    public void An_unpacked_archive_has_the_hard_links_that_tar_makes()
    {
        Run($"tar -C '{_source}' -cf '{_place.File("a.tar")}' .; mkdir '{_place.File("theirs")}'; tar -C '{_place.File("theirs")}' -xf '{_place.File("a.tar")}'");
        using Peer peer = Peer.Procdedup(_place, ["fetch", "file://" + _place.File("a.tar"), "--unpack", "--out", _place.File("ours")]);
        Assert.Equal(0, peer.Finish().Code);
        // Of modes an archive gives the executable bit.
        Assert.Equal(In(_place.File("theirs")).Replace(" 750 ", " 755 ", StringComparison.Ordinal), In(_place.File("ours")));
    }

    [Fact]
    public void A_name_that_comes_again_does_not_change_what_was_linked_to_it()
    {
        string tree = Tars.Unpack(
            Tars.Tar(Tars.FileOf("a", "one"), Tars.HardLinkOf("b", "a"), Tars.FileOf("a", "two"), Tars.HardLinkOf("c", "a")), _place);
        Assert.Equal("one two two", Run($"cd '{tree}'; echo $(cat b) $(cat a) $(cat c)"));
        TreeManifest manifest = TreeManifest.Of(tree, CancellationToken.None);
        Assert.Equal((null, null, 0), (manifest.Attributes!.FirstOf(0), manifest.Attributes.FirstOf(1), manifest.Attributes.FirstOf(2)));
        Assert.True(FileSystem.TryGetFacts(Path.Combine(tree, "b"), out FileFacts facts));
        Assert.Equal(1u, facts.Links);
    }

    [Theory]
    [InlineData("h 1 0", true)]
    [InlineData("h 2 0", false)] // another content
    [InlineData("h 0 1", false)] // a later one
    [InlineData("h 1 -1", false)]
    [InlineData("h 1 1", false)]
    [InlineData("h 9 0", false)]
    [InlineData("h 3 0", false)] // a directory
    public void Attributes_that_say_what_cannot_be_are_none(string line, bool isTaken)
    {
        string tree = _place.NewDirectory("tree");
        Run($"cd '{tree}'; echo x > a; echo x > b; echo y > c; mkdir d");
        TreeManifest manifest = TreeManifest.Of(tree, CancellationToken.None);
        string text = $"procdedup-attributes 1\n{line}\nend 1\n", file = _place.File("file");
        File.WriteAllText(file, text);
        Assert.Equal(isTaken, TreeAttributes.TryRead(file, ContentHash.HexOf(text), manifest.Items) is not null);
    }
}
