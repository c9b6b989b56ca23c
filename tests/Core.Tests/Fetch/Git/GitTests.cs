using System;
using System.IO;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Platform;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Git;

/// <summary>Repositories by git: what a branch, a tag, a commit give, and when the origin is asked.</summary>
public class GitTests
{
    [Fact]
    public void A_branch_gives_its_files_and_its_commit()
    {
        using var place = new TestDirectory();
        var repository = new TestRepository(place);
        string commit = repository.Commit("src/a.txt", "one");
        FetchCache cache = place.Cache();
        FetchResult result = cache.Get(new FetchRequest(repository.Address + "?ref=main"));
        Assert.Equal(FetchStatus.Built, result.Status);
        Assert.Equal(commit, result.Revision);
        Assert.Equal("one", result.Text("src/a.txt"));
        Assert.True(result.IsDirectory);
        Assert.Equal("source", result.FileName);
        Assert.Equal(repository.Address + "?ref=main", result.Uri);
        Assert.Equal(["src"], Directory.GetFileSystemEntries(result.Path).Select(Path.GetFileName));
        cache.AssertNothingInTheMaking();
    }

    [Fact]
    public void While_the_answer_is_young_nobody_is_asked()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var repository = new TestRepository(place);
        repository.Commit("a.txt", "one");
        var server = new GitServer(origin, place);
        FetchCache cache = place.Cache();
        cache.Get(new FetchRequest(server.Address));
        int asked = origin.Requests.Count;
        FetchResult again = cache.Get(new FetchRequest(server.Address));
        Assert.Equal(FetchStatus.Hit, again.Status);
        Assert.Equal(asked, origin.Requests.Count);
    }

    [Fact]
    public void An_old_answer_is_asked_for_again_but_not_the_tree_of_the_same_commit()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var repository = new TestRepository(place);
        repository.Commit("a.txt", "one");
        var server = new GitServer(origin, place);
        FetchCache cache = place.Cache();
        FetchResult first = cache.Get(new FetchRequest(server.Address + "?ref=main"));
        int visits = server.Visits;
        FetchResult again = cache.Get(new FetchRequest(server.Address + "?ref=main") { MaxAge = TimeSpan.Zero });
        Assert.Equal(FetchStatus.Revalidated, again.Status);
        Assert.Equal(first.Path, again.Path);
        Assert.Equal(visits + 1, server.Visits);
    }

    [Fact]
    public void A_branch_that_has_moved_gives_the_new_tree_through_the_same_mirror()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var repository = new TestRepository(place);
        repository.Commit("a.txt", "one");
        var server = new GitServer(origin, place);
        FetchCache cache = place.Cache();
        FetchResult first = cache.Get(new FetchRequest(server.Address + "?ref=main"));
        string moved = repository.Commit("a.txt", "two");
        FetchResult second = cache.Get(new FetchRequest(server.Address + "?ref=main") { MaxAge = TimeSpan.Zero });
        Assert.Equal((FetchStatus.Built, moved, "two"), (second.Status, second.Revision, second.Text("a.txt")));
        Assert.Equal("one", first.Text("a.txt"));
        Assert.Single(Directory.GetDirectories(Path.Combine(cache.Directory, "git")));
    }

    [Fact]
    public void A_commit_is_fetched_without_asking_for_a_ref_and_never_again()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var repository = new TestRepository(place);
        string commit = repository.Commit("a.txt", "one");
        repository.Commit("a.txt", "two");
        var server = new GitServer(origin, place);
        FetchCache cache = place.Cache();
        FetchResult result = cache.Get(new FetchRequest($"{server.Address}?rev={commit}"));
        Assert.Equal("one", result.Text("a.txt"));
        Assert.Equal(1, server.Visits);
        int asked = origin.Requests.Count;
        Assert.Equal(FetchStatus.Hit, cache.Get(new FetchRequest($"{server.Address}?ref=main&rev={commit}") { MaxAge = TimeSpan.Zero }).Status);
        Assert.Equal(asked, origin.Requests.Count);
    }

    [Fact]
    public void A_branch_goes_before_a_tag_and_an_annotated_tag_means_its_commit()
    {
        using var place = new TestDirectory();
        var repository = new TestRepository(place);
        string first = repository.Commit("a.txt", "one");
        repository.Git("tag", "--annotate", "--message", "it", "v1");
        repository.Git("tag", "both");
        string second = repository.Commit("a.txt", "two");
        repository.Git("branch", "both");
        repository.Git("branch", "deep/main", first);
        FetchCache cache = place.Cache();
        Assert.Equal(first, cache.Get(new FetchRequest(repository.Address + "?ref=v1")).Revision);
        Assert.Equal(second, cache.Get(new FetchRequest(repository.Address + "?ref=both")).Revision);
        Assert.Equal(first, cache.Get(new FetchRequest(repository.Address + "?ref=refs/tags/both")).Revision);
        Assert.Equal(second, cache.Get(new FetchRequest(repository.Address + "?ref=main")).Revision);
        Assert.Equal(second, cache.Get(new FetchRequest(repository.Address)).Revision);
    }

    [Fact]
    public void A_plain_web_server_with_a_repository_is_enough()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var repository = new TestRepository(place);
        string old = repository.Commit("a.txt", "one");
        string commit = repository.Commit("a.txt", "two");
        repository.Git("update-server-info");
        string root = Path.Combine(repository.Path, ".git");
        foreach (string file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
            origin.Serve("/dumb/" + Path.GetRelativePath(root, file), File.ReadAllBytes(file));
        FetchCache cache = place.Cache();
        FetchResult result = cache.Get(new FetchRequest("git+" + origin.Url("/dumb") + "?ref=main"));
        Assert.Equal((commit, "two"), (result.Revision, result.Text("a.txt")));
        Assert.Equal("one", cache.Get(new FetchRequest("git+" + origin.Url("/dumb") + "?rev=" + old)).Text("a.txt"));
    }

    [Fact]
    public void A_repository_with_long_hashes_works_too()
    {
        using var place = new TestDirectory();
        var repository = new TestRepository(place, "source", "--object-format=sha256");
        string commit = repository.Commit("a.txt", "one");
        Assert.Equal(64, commit.Length);
        FetchCache cache = place.Cache();
        Assert.Equal("one", cache.Get(new FetchRequest(repository.Address + "?rev=" + commit)).Text("a.txt"));
        Assert.Equal(commit, cache.Get(new FetchRequest(repository.Address)).Revision);
    }

    [Fact]
    public void Without_the_network_the_cache_is_enough()
    {
        using var place = new TestDirectory();
        var repository = new TestRepository(place);
        string commit = repository.Commit("a.txt", "one");
        FetchCache cache = place.Cache();
        string branch = repository.Address + "?ref=main";
        cache.Fails(new FetchRequest(branch) { Offline = true }, FetchError.FetchOffline);
        cache.Fails(new FetchRequest(repository.Address + "?rev=" + commit) { Offline = true }, FetchError.FetchOffline);
        cache.Get(new FetchRequest(branch));
        Directory.Delete(repository.Path, recursive: true);
        FetchResult stale = cache.Get(new FetchRequest(branch) { Offline = true, MaxAge = TimeSpan.Zero });
        Assert.Equal((FetchStatus.Stale, "one"), (stale.Status, stale.Text("a.txt")));
        Assert.Equal(FetchStatus.Hit, cache.Get(new FetchRequest(repository.Address + "?rev=" + commit) { Offline = true }).Status);
    }

    [Fact]
    public void The_settings_of_a_user_do_not_change_the_tree()
    {
        using var place = new TestDirectory();
        var repository = new TestRepository(place);
        repository.Commit(".gitattributes", "*.bin filter=evil\n*.txt text\n");
        repository.Commit("a.bin", "one");
        string commit = repository.Commit("a.txt", "line\n");
        string settings = place.File("gitconfig");
        File.WriteAllText(settings, "[core]\n autocrlf = true\n[filter \"evil\"]\n smudge = tr a-z A-Z\n clean = cat\n required = true\n");
        // Of this process, but harmless to others: only git reads it, and nobody else has such a filter.
        Environment.SetEnvironmentVariable("GIT_CONFIG_GLOBAL", settings);
        try
        {
            FetchResult result = place.Cache().Get(new FetchRequest(repository.Address + "?rev=" + commit));
            Assert.Equal(("one", "line\n"), (result.Text("a.bin"), result.Text("a.txt")));
        }
        finally
        {
            Environment.SetEnvironmentVariable("GIT_CONFIG_GLOBAL", null);
        }
    }

    [Fact]
    public void A_mirror_that_is_damaged_is_made_anew()
    {
        using var place = new TestDirectory();
        var repository = new TestRepository(place);
        string commit = repository.Commit("a.txt", "one");
        FetchCache cache = place.Cache();
        FetchResult first = cache.Get(new FetchRequest(repository.Address + "?rev=" + commit));
        string mirror = Directory.GetDirectories(Path.Combine(cache.Directory, "git")).Single();
        string[] packs = Directory.GetFiles(Path.Combine(mirror, "objects", "pack"), "*.pack");
        Assert.NotEmpty(packs);
        foreach (string pack in packs)
        {
            Modes.Set(pack, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.WriteAllText(pack, "nonsense");
        }

        TreeRemoval.TryDelete(first.Path);
        Assert.Equal("one", cache.Get(new FetchRequest(repository.Address + "?rev=" + commit)).Text("a.txt"));
        cache.AssertNothingInTheMaking();
    }

    [Fact]
    public void A_mirror_that_nobody_uses_is_pruned_and_made_anew_when_it_is_wanted()
    {
        using var place = new TestDirectory();
        var repository = new TestRepository(place);
        repository.Commit("a.txt", "one");
        FetchCache cache = place.Cache();
        cache.Get(new FetchRequest(repository.Address));
        string mirror = Directory.GetDirectories(Path.Combine(cache.Directory, "git")).Single();
        Sweep(cache);
        Assert.True(Directory.Exists(mirror));
        Directory.SetLastWriteTimeUtc(mirror, DateTime.UtcNow.AddDays(-31));
        Sweep(cache);
        Assert.False(Directory.Exists(mirror));
        repository.Commit("a.txt", "two");
        Assert.Equal("two", cache.Get(new FetchRequest(repository.Address) { MaxAge = TimeSpan.Zero }).Text("a.txt"));
    }

    private static void Sweep(FetchCache cache)
    {
        using ProcessDedup.Store.CachePrune prune = cache.BeginPrune();
        prune.Sweep();
    }
}
