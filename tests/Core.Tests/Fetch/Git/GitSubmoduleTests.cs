using System;
using System.IO;
using ProcessDedup.Fetch;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Git;

/// <summary>Submodules and LFS content, if they are asked for, as <c>git clone</c> gives them.</summary>
public sealed class GitSubmoduleTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private TestRepository Parent(string url, string path = "lib")
    {
        var parent = new TestRepository(_place, "parent");
        parent.Git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, path);
        parent.Commit("a.txt", "of the parent");
        return parent;
    }

    private static void WithoutGit(string directory)
    {
        foreach (string file in Directory.GetFileSystemEntries(directory, ".git", SearchOption.AllDirectories))
        {
            if (Directory.Exists(file))
                Directory.Delete(file, recursive: true);
            else
                File.Delete(file);
        }
    }

    [Fact]
    public void Submodules_and_theirs_come_as_with_clone()
    {
        var innermost = new TestRepository(_place, "innermost");
        innermost.Commit("deep.txt", "deep");
        var lib = new TestRepository(_place, "lib.git");
        lib.Git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../innermost", "deeper/in it");
        lib.Commit("lib.txt", "lib");
        TestRepository parent = Parent("../lib.git", "third party/lib");
        string clone = _place.File("clone");
        TestRepository.Run(_place.Path, "-c", "protocol.file.allow=always", "clone", "-q", "--recurse-submodules", parent.Path, clone);
        WithoutGit(clone);
        var request = new FetchRequest(parent.Address + "?ref=main") { Submodules = true };
        FetchResult result = _place.Cache().Get(request);
        Assert.Empty(TreeManifest.Of(clone, default).FindDifferences(result.Path, default));
        Assert.Equal("deep", result.Text("third party/lib/deeper/in it/deep.txt"));
        Assert.Null(request.Activity.TakeRemark());
        // Without the option it is another tree.
        Assert.False(File.Exists(Path.Combine(_place.Cache().Get(new FetchRequest(parent.Address + "?ref=main")).Path, "third party/lib/lib.txt")));
        // What several repositories have in common is fetched once.
        FetchResult alone = _place.Cache().Get(new FetchRequest($"{lib.Address}?rev={lib.Head}") { Submodules = true });
        Assert.Equal(FetchStatus.Hit, alone.Status);
    }

    [Fact]
    public void A_repository_of_a_server_must_not_name_files_of_this_machine()
    {
        using var origin = new Origin();
        var lib = new TestRepository(_place, "lib.git");
        lib.Commit("lib.txt", "secret of this machine");
        var source = new TestRepository(_place);
        source.Git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "file://" + lib.Path, "lib");
        source.CommitAll();
        var server = new GitServer(origin, _place);
        FetchException failure = _place.Cache().Fails(new FetchRequest(server.Address + "?ref=main") { Submodules = true }, FetchError.GitFailed);
        Assert.Contains("must not name files", failure.Message, StringComparison.Ordinal);
        source.Git("config", "--file", ".gitmodules", "submodule.lib.url", "ext::sh -c touch% /tmp/x");
        source.CommitAll();
        _place.Cache().Fails(new FetchRequest(server.Address + "?ref=main") { Submodules = true, MaxAge = TimeSpan.Zero }, FetchError.GitFailed);
    }

    [Fact]
    public void The_options_are_for_git_alone()
    {
        _place.Cache().Fails(new FetchRequest("https://example.org/a") { Submodules = true }, FetchError.FetchOptionsInvalid);
        _place.Cache().Fails(new FetchRequest("github:a/b") { LargeFiles = true }, FetchError.FetchOptionsInvalid);
    }

    [Fact]
    public void Content_in_LFS_takes_the_place_of_its_pointers_as_with_clone()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/git-lfs"), "git-lfs is not installed");
        var repository = new TestRepository(_place);
        repository.Git("lfs", "install", "--local", "--force");
        repository.Git("lfs", "track", "*.psd");
        byte[] art = new byte[100_000];
        Random.Shared.NextBytes(art);
        Directory.CreateDirectory(Path.Combine(repository.Path, "art"));
        File.WriteAllBytes(Path.Combine(repository.Path, "art/picture.psd"), art);
        File.WriteAllText(Path.Combine(repository.Path, "run.psd"), "#!/bin/sh\n");
        Modes.Set(Path.Combine(repository.Path, "run.psd"), (UnixFileMode)0x1ed);
        repository.CommitAll();
        string clone = _place.File("clone");
        TestRepository.Run(
            _place.Path, "-c", "filter.lfs.smudge=git-lfs smudge -- %f", "-c", "filter.lfs.process=git-lfs filter-process", "-c", "filter.lfs.required=true",
            "clone", "-q", "file://" + repository.Path, clone);
        WithoutGit(clone);
        var request = new FetchRequest(repository.Address + "?ref=main") { LargeFiles = true };
        FetchResult result = _place.Cache().Get(request);
        Assert.Equal(art, File.ReadAllBytes(Path.Combine(result.Path, "art/picture.psd")));
        Assert.Empty(TreeManifest.Of(clone, default).FindDifferences(result.Path, default));
        Assert.Null(request.Activity.TakeRemark());
        Assert.NotEqual(art.Length, new FileInfo(Path.Combine(_place.Cache().Get(new FetchRequest(repository.Address + "?ref=main")).Path, "art/picture.psd")).Length);
    }

    [Fact]
    public void Content_that_LFS_has_lost_is_no_tree()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/git-lfs"), "git-lfs is not installed");
        var repository = new TestRepository(_place);
        repository.Git("lfs", "install", "--local", "--force");
        repository.Git("lfs", "track", "*.psd");
        repository.Commit("picture.psd", "art");
        Directory.Delete(Path.Combine(repository.Path, ".git/lfs/objects"), recursive: true);
        _place.Cache().Fails(new FetchRequest(repository.Address + "?ref=main") { LargeFiles = true }, FetchError.GitFailed);
    }
}
