using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Artifacts;

public sealed class SaveAndRestoreTests : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly string _source;

    public SaveAndRestoreTests()
    {
        _source = _place.File("söurce dir");
        Directory.CreateDirectory(Path.Combine(_source, "bin/empty"));
        File.WriteAllText(Path.Combine(_source, "bin/run"), "#!/bin/sh\n");
        Modes.Set(Path.Combine(_source, "bin/run"), (UnixFileMode)0x1ed);
        File.WriteAllText(Path.Combine(_source, "date ünd [x]"), "content");
        File.WriteAllText(Path.Combine(_source, "nothing"), "");
        Links.ToFile(Path.Combine(_source, "link"), "bin/run");
        Links.ToFile(Path.Combine(_source, "dangling"), "bin/gone");
    }

    public void Dispose() => _place.Dispose();

    private ArtifactCache Cache => ArtifactCache.Open(_place.Root);

    private static ArtifactRequest Want(string name, string? destination = null, bool force = false) =>
        new(ArtifactKey.Of(name)) { Destination = destination, Force = force };

    private static string DigestOf(string directory) => TreeManifest.Of(directory, default).Digest.Hex;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_tree_comes_back_as_it_was(bool readOnly)
    {
        Artifact saved = Cache.Save(Want("tree"), _source);
        Assert.Equal((FetchStatus.Saved, true), (saved.Status, saved.IsDirectory));
        Artifact restored = Cache.Restore(new ArtifactRequest(ArtifactKey.Of("tree")) { Destination = _place.File("out"), ReadOnly = readOnly });
        Assert.Equal((FetchStatus.Hit, _place.File("out")), (restored.Status, restored.Path));
        Assert.Equal(DigestOf(_source), DigestOf(_place.File("out")));
        Assert.True(Directory.Exists(_place.File("out/bin/empty")));
        Assert.Equal("bin/run", new FileInfo(_place.File("out/link")).LinkTarget);
        Assert.True((Modes.Get(_place.File("out/bin/run")) & UnixFileMode.UserExecute) != 0);
        // The source is the user's still.
        File.AppendAllText(Path.Combine(_source, "date ünd [x]"), "more");
        Assert.Equal("content", File.ReadAllText(_place.File("out/date ünd [x]")));
    }

    [Fact]
    public void A_file_comes_back_under_its_name_or_another()
    {
        Artifact saved = Cache.Save(Want("file"), Path.Combine(_source, "bin/run"));
        Assert.False(saved.IsDirectory);
        Assert.Equal("run", Path.GetFileName(saved.Path));
        Directory.CreateDirectory(_place.File("dir"));
        Assert.Equal(_place.File("dir/run"), Cache.Restore(Want("file", _place.File("dir"))).Path);
        Assert.Equal(_place.File("other"), Cache.Restore(Want("file", _place.File("other"))).Path);
        Assert.True((Modes.Get(_place.File("other")) & UnixFileMode.UserExecute) != 0);
        Assert.Equal("#!/bin/sh\n", File.ReadAllText(_place.File("dir/run")));
        // Through a link, under the link's name.
        Assert.Equal("link", Path.GetFileName(Cache.Save(Want("linked"), Path.Combine(_source, "link")).Path));
    }

    [Fact]
    public void What_is_there_stays_unless_it_is_to_be_replaced()
    {
        Artifact first = Cache.Save(Want("k"), _source);
        File.WriteAllText(Path.Combine(_source, "new"), "new");
        Artifact second = Cache.Save(Want("k"), _source);
        Assert.Equal((FetchStatus.Hit, first.Digest), (second.Status, second.Digest));
        FetchException differs = Assert.Throws<FetchException>(() => Cache.Save(Want("k") with { MustBeSame = true }, _source));
        Assert.Equal(FetchError.ArtifactDiffers, differs.Error);
        Artifact third = Cache.Save(Want("k", force: true), _source);
        Assert.Equal(FetchStatus.Saved, third.Status);
        Assert.NotEqual(first.Digest, third.Digest);
        Assert.Equal(third.Digest, Cache.Restore(Want("k")).Digest);
        // And the path that was given before still leads to what it led to.
        Assert.Equal(first.Digest, "sha256:" + DigestOf(first.Path!));
    }

    [Fact]
    public void What_a_build_made_is_found_by_its_fingerprint()
    {
        Artifact built = Cache.Build(new ArtifactRequest(ArtifactKey.Of("k", recipe: "make")), p => File.WriteAllText(Path.Combine(p.Directory, "x"), "x"));
        Assert.Equal(FetchStatus.Built, built.Status);
        Artifact restored = Cache.Restore(Want(built.Key));
        Assert.Equal((FetchStatus.Hit, "k", built.Path), (restored.Status, restored.Name, restored.Path));
        // One lock and one key for all ways: what was saved under it is not built.
        ArtifactKey other = ArtifactKey.Of("other", recipe: "make");
        Cache.Save(Want(other.Fingerprint), _source);
        Assert.Equal(FetchStatus.Hit, Cache.Build(new ArtifactRequest(other), _ => Assert.Fail("it is there")).Status);
    }

    [Fact]
    public void Hard_links_of_a_build_become_files_whatever_their_names_are()
    {
        string longest = new('n', 255);
        Artifact built = Cache.Build(Want("k"), p =>
        {
            File.WriteAllText(Path.Combine(p.Directory, "a.separate"), "beside");
            foreach (string name in new[] { "a", longest })
            {
                File.WriteAllText(_place.File("outside"), name);
                using Peer ln = Peer.Run(_place, "ln", _place.File("outside"), Path.Combine(p.Directory, name));
                Assert.Equal(0, ln.Finish().Code);
            }
        });
        Assert.Equal(["a", "a.separate", longest], Directory.GetFiles(built.Path!).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("beside", File.ReadAllText(Path.Combine(built.Path!, "a.separate")));
        File.WriteAllText(_place.File("outside"), "changed");
        Assert.Equal(longest, File.ReadAllText(Path.Combine(built.Path!, longest)));
    }

    [Fact]
    public void A_directory_that_holds_the_store_is_not_saved_into_itself()
    {
        string around = Path.GetDirectoryName(_place.Home)!;
        FetchException failure = Assert.Throws<FetchException>(() => Cache.Save(Want("all"), around));
        Assert.Equal(FetchError.ArtifactSourceInvalid, failure.Error);
        Assert.Contains(_place.Home, failure.Message, StringComparison.Ordinal);
        Assert.Equal(FetchError.ArtifactSourceInvalid, Assert.Throws<FetchException>(() => Cache.Save(Want("store"), _place.Home)).Error);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_place.Home, "tmp")));
        // What is in the store is as good as anything else.
        string tree = Cache.Save(Want("tree"), _source).Path!;
        Assert.Equal(FetchStatus.Saved, Cache.Save(Want("again"), tree).Status);
    }

    [Fact]
    public void What_nobody_has_is_an_error_and_not_one_of_those_who_can_build_it()
    {
        Assert.Equal(FetchError.ArtifactNotFound, Assert.Throws<FetchException>(() => Cache.Restore(Want("k"))).Error);
        Assert.Equal(FetchStatus.Built, Cache.Build(Want("k"), p => File.WriteAllText(Path.Combine(p.Directory, "x"), "x")).Status);
    }

    [Theory]
    [InlineData("bin/run", false)]
    [InlineData("date ünd [x]", true)]
    public void Damage_in_the_store_is_noticed_and_what_is_damaged_is_built_anew(string file, bool asLinks)
    {
        int builds = 0;
        var key = ArtifactKey.Of("k");
        Artifact Build(string destination) => Cache.Build(
            new ArtifactRequest(key) { Destination = destination, ReadOnly = asLinks },
            p =>
            {
                builds++;
                TreeIntake.Copy(_source, p.Directory, null, default);
            });
        Build(_place.File("one"));
        string stored = Path.Combine(Cache.Restore(new ArtifactRequest(key)).Path!, file);
        UnixFileMode mode = Modes.Get(stored);
        Modes.Set(stored, mode | UnixFileMode.UserWrite);
        File.WriteAllText(stored, "DAMAGED");
        Modes.Set(stored, mode);
        Assert.Equal(FetchStatus.Built, Build(_place.File("two")).Status);
        Assert.Equal(2, builds);
        Assert.Equal(DigestOf(_source), DigestOf(_place.File("two")));
        Assert.NotEmpty(Directory.GetFileSystemEntries(Path.Combine(_place.Home, "quarantine")));
    }

    [Fact]
    public void A_destination_that_is_taken_is_left_alone()
    {
        Cache.Save(Want("k"), _source);
        Directory.CreateDirectory(_place.File("taken"));
        File.WriteAllText(_place.File("taken/mine"), "mine");
        Assert.Equal(FetchError.DestinationInvalid, Assert.Throws<FetchException>(() => Cache.Restore(Want("k", _place.File("taken")))).Error);
        Assert.Equal(["mine"], Directory.GetFileSystemEntries(_place.File("taken")).Select(Path.GetFileName));
        Cache.Restore(Want("k", _place.File("out")));
        // The same again is what was wanted.
        Assert.Equal(_place.File("out"), Cache.Restore(Want("k", _place.File("out"))).Path);
    }

    [Theory]
    [InlineData("")]
    [InlineData("gone")]
    [InlineData("pipe")]
    public void What_cannot_be_saved_is_told(string what)
    {
        using (Peer mkfifo = Peer.Run(_place, "mkfifo", _place.File("pipe")))
            mkfifo.Finish();
        FetchException failure = Assert.Throws<FetchException>(() => Cache.Save(Want("k"), what.Length == 0 ? what : _place.File(what)));
        Assert.True(failure.Error is FetchError.ArtifactSourceInvalid or FetchError.StoreIoError, failure.ToString());
        Assert.Empty(Cache.List());
    }

    [Fact]
    public void A_link_that_leads_out_of_the_tree_is_refused()
    {
        Links.ToFile(Path.Combine(_source, "out"), "/etc/passwd");
        Assert.Equal(FetchError.StoreUnsafe, Assert.Throws<FetchException>(() => Cache.Save(Want("k"), _source)).Error);
        Assert.Empty(Cache.List());
    }

    [Fact]
    public void Everything_is_listed_and_pruned_like_all_that_is_cached()
    {
        Cache.Save(Want("one"), _source);
        Cache.Save(Want("two"), _source);
        Assert.Equal(["one", "two"], Cache.List().Select(a => a.Name).Order());
        Assert.Equal(["two"], Cache.List("t*").Select(a => a.Name));
        Assert.Equal(["one"], Cache.List(ArtifactKey.Of("one").Fingerprint[..12]).Select(a => a.Name));
        IReadOnlyList<CachedItem> items = FetchCache.Open(_place.Root).List();
        Assert.All(items, i => Assert.Equal("artifact", i.Kind));
        Assert.All(items, i => Assert.True(i.IsInUse));
    }
}
