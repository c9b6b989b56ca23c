using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Store;

/// <summary>What a tree is, and when two are the same.</summary>
public sealed class TreeManifestTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void The_same_tree_made_again_has_the_same_digest_whatever_its_times_and_modes()
    {
        string first = Make("first"), second = Make("second");
        Modes.Set(Path.Combine(second, "file"), (UnixFileMode)0x100);
        Modes.Set(Path.Combine(second, "run"), (UnixFileMode)0x16d);
        File.SetLastWriteTimeUtc(Path.Combine(second, "file"), DateTime.UnixEpoch);
        Assert.Equal(Of(first).Digest, Of(second).Digest);
        Assert.Equal(4 + 2 + 4, Of(first).TotalBytes);
        Assert.Equal(["d", "d.txt", "d/f", "file", "link", "run"], Of(first).Items.Select(i => i.Path));
    }

    [Fact]
    public void Every_kind_of_change_is_another_digest_and_is_found()
    {
        Changes(t => File.WriteAllText(Path.Combine(t, "file"), "texT"), "file", TreeDifferenceKind.Changed);
        Changes(t => File.AppendAllText(Path.Combine(t, "file"), "\0"), "file", TreeDifferenceKind.Changed);
        Changes(t => Modes.Set(Path.Combine(t, "run"), (UnixFileMode)0x1a4), "run", TreeDifferenceKind.Changed);
        Changes(t => File.Delete(Path.Combine(t, "file")), "file", TreeDifferenceKind.Missing);
        Changes(t => Directory.CreateDirectory(Path.Combine(t, "new")), "new", TreeDifferenceKind.Added);
        Changes(t => File.WriteAllText(Path.Combine(t, "d/🙂"), ""), "d/🙂", TreeDifferenceKind.Added);
        Changes(
            t =>
            {
                File.Delete(Path.Combine(t, "link"));
                Links.ToFile(Path.Combine(t, "link"), "file");
            },
            "link",
            TreeDifferenceKind.Changed);
        Changes(
            t =>
            {
                File.Delete(Path.Combine(t, "file"));
                Directory.CreateDirectory(Path.Combine(t, "file"));
            },
            "file",
            TreeDifferenceKind.Changed);
    }

    [Fact]
    public void What_no_tree_may_hold_is_refused()
    {
        Refuses(t => Links.ToFile(Path.Combine(t, "out"), "../first"));
        Refuses(t => Links.ToFile(Path.Combine(t, "out"), "/etc/passwd"));
        Refuses(t => Run("mkfifo", Path.Combine(t, "fifo")));
        Refuses(t => Run("sh", "-c", $"cd '{t}' && touch \"$(printf 'latin\\351')\""));
        Assert.Equal(FetchError.StoreUnsafe, Assert.Throws<FetchException>(() => Of(_place.File("none"))).Error);
    }

    [Fact]
    public void A_name_cannot_forge_a_line()
    {
        string tree = _place.NewDirectory("forged");
        File.WriteAllText(Path.Combine(tree, "a\nd b"), "");
        File.WriteAllText(Path.Combine(tree, "back\\x20slash"), "");
        TreeManifest manifest = Of(tree);
        string file = _place.File("manifest");
        manifest.Write(file);
        Assert.Equal(4, File.ReadAllLines(file).Length);
        Assert.Equal(manifest.Items, TreeManifest.Read(file).Items);
        Assert.Equal(manifest.Digest, TreeManifest.Read(file).Digest);
    }

    [Fact]
    public void Only_a_whole_manifest_is_read()
    {
        string file = _place.File("manifest");
        Of(Make("tree")).Write(file);
        byte[] good = File.ReadAllBytes(file);
        Assert.Equal(6, TreeManifest.Read(file).Items.Count);
        for (int length = 0; length < good.Length; length++)
            Garbage(file, good[..length]);
        string text = Encoding.UTF8.GetString(good);
        Garbage(file, [.. good, (byte)'\n']);
        Garbage(file, [0xff, .. good]);
        Garbage(file, Encoding.UTF8.GetBytes(text.Replace(" d/f\n", " ../f\n", StringComparison.Ordinal)));
        Garbage(file, Encoding.UTF8.GetBytes(text.Replace("d d\n", "", StringComparison.Ordinal).Replace("end 6", "end 5", StringComparison.Ordinal)));
        Garbage(file, Encoding.UTF8.GetBytes(text.Replace(" 4 ", " 04 ", StringComparison.Ordinal)));
        Garbage(file, Encoding.UTF8.GetBytes(text.Replace(" 1\n", " 2\n", StringComparison.Ordinal)));
        File.Delete(file);
        Assert.Equal(FetchError.StoreUnsafe, Assert.Throws<FetchException>(() => TreeManifest.Read(file)).Error);
    }

    [Fact]
    public void Paths_are_in_the_order_of_their_bytes()
    {
        string[] names = ["a", "a.b", "a/b", "ｚ", "🙂"];
        Assert.Equal(names, names.Reverse().Order(TreeOrder.Instance));
        Assert.Equal(names, names.OrderBy(n => Convert.ToHexString(Encoding.UTF8.GetBytes(n)), StringComparer.Ordinal));
    }

    private static void Garbage(string file, byte[] content)
    {
        File.WriteAllBytes(file, content);
        Assert.Equal(FetchError.StoreUnsafe, Assert.Throws<FetchException>(() => TreeManifest.Read(file)).Error);
    }

    private void Changes(Action<string> change, string path, TreeDifferenceKind kind)
    {
        string tree = Make($"t{Guid.NewGuid():N}");
        TreeManifest before = Of(tree);
        Assert.Empty(before.FindDifferences(tree, CancellationToken.None));
        change(tree);
        Assert.Equal([new TreeDifference(path, kind)], before.FindDifferences(tree, CancellationToken.None));
        Assert.NotEqual(before.Digest, Of(tree).Digest);
    }

    private void Refuses(Action<string> add)
    {
        string tree = Make($"t{Guid.NewGuid():N}");
        add(tree);
        Assert.Equal(FetchError.StoreUnsafe, Assert.Throws<FetchException>(() => Of(tree)).Error);
    }

    private string Make(string name)
    {
        string tree = _place.NewDirectory(name);
        Directory.CreateDirectory(Path.Combine(tree, "d"));
        File.WriteAllText(Path.Combine(tree, "d", "f"), "1234");
        File.WriteAllText(Path.Combine(tree, "d.txt"), "");
        File.WriteAllText(Path.Combine(tree, "file"), "text");
        File.WriteAllText(Path.Combine(tree, "run"), "#!");
        Modes.Set(Path.Combine(tree, "run"), (UnixFileMode)0x1c0);
        Links.ToFile(Path.Combine(tree, "link"), "d/f");
        return tree;
    }

    private void Run(string program, params string[] arguments)
    {
        using Peer peer = Peer.Run(_place, program, arguments);
        Assert.True(peer.WaitForExit() == 0, peer.Errors);
    }

    private static TreeManifest Of(string tree) => TreeManifest.Of(tree, CancellationToken.None);
}
