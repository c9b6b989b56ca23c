using System;
using System.IO;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Platform;
using ProcessDedup.Servers;
using ProcessDedup.Substituters;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Substituters;

/// <summary>Publishing to those who do not take it, and of what cannot be taken: one typed error.</summary>
public sealed class PublishingTests : IDisposable
{
    private readonly Substituting _it = new();

    public void Dispose() => _it.Dispose();

    [Fact]
    public void Servers_that_do_not_take_it_say_what_is_missing()
    {
        using var nginx = new NginxServer(_it.Place);
        string tree = _it.Tree();
        Assert.Contains("create_full_put_path", _it.PublishFails(FetchError.SubstituterRefused, nginx.Root + "/flat", tree).Message, StringComparison.Ordinal);
        Assert.Contains("client_max_body_size", _it.PublishFails(FetchError.SubstituterRefused, nginx.Root + "/small", _it.LargeTree(5_000_000)).Message, StringComparison.Ordinal);
        _it.PublishFails(FetchError.SubstituterRefused, nginx.Root + "/read-only", tree);
        _it.PublishFails(FetchError.SubstituterRefused, nginx.Root + "/private", tree);
        FetchException e = _it.PublishFails(FetchError.SubstituterRefused, nginx.Root.Replace("//", "//somebody:wrong-word@", StringComparison.Ordinal) + "/private", tree);
        Assert.DoesNotContain("wrong-word", e.ToString(), StringComparison.Ordinal);
        string mine = nginx.Root.Replace("//", "//somebody:pass-of-somebody@", StringComparison.Ordinal) + "/private";
        Assert.Equal(PublishOutcome.Published, _it.Publish(mine, tree));
        Assert.NotNull(_it.Restore(mine));
    }

    [Fact]
    public void Who_cannot_be_reached_is_left_alone_until_publishing_succeeds()
    {
        int port = FreePort.Next();
        string address = FormattableString.Invariant($"http://127.0.0.1:{port}");
        FetchException e = _it.PublishFails(FetchError.SubstituterUnreachable, address, _it.Tree());
        Assert.Equal(address, e.Target);
        _it.RefusedFor("left alone", address);

        string directory = _it.Place.NewDirectory("cache");
        var marks = new SubstituterMarks(_it.Options(), _it.Store.Layout, SubstituterAddress.Parse(directory));
        marks.Pause(null);
        marks.RememberAbsent(Substituting.Key);
        _it.RefusedFor("left alone", directory);
        Assert.Equal(PublishOutcome.Published, _it.Publish(directory, _it.Place.File("tree")));
        Assert.NotNull(_it.Restore(directory));
    }

    [Fact]
    public void Trees_that_nobody_could_unpack_are_not_published()
    {
        string directory = _it.Place.File("never made");
        string tree = _it.Place.NewDirectory("odd");
        File.WriteAllText(Path.Combine(tree, "back\\slash"), "odd");
        Assert.Contains("backslash", _it.PublishFails(FetchError.ArtifactInvalid, directory, tree).Message, StringComparison.Ordinal);
        File.Move(Path.Combine(tree, "back\\slash"), Path.Combine(tree, "two\nlines"));
        Assert.Contains("control character", _it.PublishFails(FetchError.ArtifactInvalid, directory, tree).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(tree, "two\nlines"));
        _it.PublishFails(FetchError.ArtifactInvalid, directory, tree, fileName: "missing");
        Assert.False(Directory.Exists(directory));
    }

    [Fact]
    public void A_tree_that_has_changed_since_is_not_published()
    {
        string directory = _it.Place.NewDirectory("cache");
        string tree = _it.Tree();
        var manifest = ProcessDedup.Store.TreeManifest.Of(tree, default);
        foreach (string content in new[] { "CONTENT", "longer content", "short" })
        {
            File.WriteAllText(Path.Combine(tree, "a.txt"), content);
            FetchException e = Assert.Throws<FetchException>(() => new ArtifactPublisher(_it.Options(), _it.Store)
                .Publish(directory, Substituting.Facts(), tree, manifest, null, default));
            Assert.Equal(FetchError.StoreUnsafe, e.Error);
        }

        Assert.Null(_it.Restore(directory));
    }

    [Fact]
    public void What_is_published_has_the_rights_that_the_umask_leaves()
    {
        string directory = _it.Place.NewDirectory("cache");
        string tree = _it.Tree();
        using (Peer peer = Peer.Run(_it.Place, "/bin/sh", "-c", $"umask 002; exec '{Programs.FetchPeer}' publish '{directory}' {Substituting.Key} '{tree}'"))
        {
            peer.Expect("READY").Say("go");
            peer.Expect("DONE Published");
        }

        foreach (string path in Directory.EnumerateFileSystemEntries(directory, "*", SearchOption.AllDirectories))
        {
            Assert.True(FileSystem.TryGetFacts(path, out FileFacts facts));
            Assert.Equal(facts.Type == FileType.Directory ? 0x1fd : 0x1b4, facts.Permissions & 0x1ff);
        }
    }

    [Fact]
    public void What_a_killed_publisher_left_is_removed_after_a_day()
    {
        string directory = _it.Place.NewDirectory("cache");
        string staging = Directory.CreateDirectory(Path.Combine(directory, "tmp")).FullName;
        string old = Path.Combine(staging, "old.procdedup-tmp"), young = Path.Combine(staging, "young.procdedup-tmp"), foreign = Path.Combine(staging, "foreign");
        foreach (string path in new[] { old, young, foreign })
            File.WriteAllText(path, "half");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-25));
        File.SetLastWriteTimeUtc(foreign, DateTime.UtcNow.AddHours(-25));
        _it.Publish(directory, _it.Tree());
        Assert.Equal([foreign, young], Directory.GetFiles(staging).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Below_what_is_not_there_nothing_is_made()
    {
        string parent = _it.Place.File("not mounted");
        Assert.Contains(parent, _it.PublishFails(FetchError.SubstituterRefused, Path.Combine(parent, "cache"), _it.Tree()).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(parent));
        Assert.Equal(PublishOutcome.Published, _it.Publish(parent, _it.Place.File("tree")));
    }

    [Fact]
    public void A_full_or_read_only_directory_is_said_to_be_so()
    {
        using var mounted = Mounted.Tmpfs(_it.Place, "size=1m");
        FetchException full = _it.PublishFails(FetchError.SubstituterRefused, mounted.Point, _it.LargeTree(3_000_000));
        Assert.Contains("cannot be written", full.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(mounted.Point, "*", SearchOption.AllDirectories));
        mounted.Remount("ro");
        _it.PublishFails(FetchError.SubstituterRefused, mounted.Point, _it.Tree());
        Assert.Null(_it.Restore(mounted.Point));
        Assert.Empty(_it.Told);
    }
}
