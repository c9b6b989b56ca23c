using System;
using System.IO;
using ProcessDedup.Fetch;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Git;

/// <summary>The files of a commit are those of a checkout, on whichever machine and in whichever mirror.</summary>
public sealed class GitCheckoutTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private TestRepository MakeRepository()
    {
        var repository = new TestRepository(_place);
        void Write(string name, string text)
        {
            string path = Path.Combine(repository.Path, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }

        Write(".gitattributes", "tests export-ignore\nversion.txt export-subst\ncrlf.txt text eol=crlf\nid.txt ident\n*.bin -text\n");
        Write("version.txt", "$Format:%H %d %D$\n");
        Write("tests/test.txt", "tested\n");
        Write("crlf.txt", "one\ntwo\n");
        Write("id.txt", "$Id$\n");
        Write("raw.bin", "a\r\nb\n");
        Write("run", "#!/bin/sh\n");
        Modes.Set(Path.Combine(repository.Path, "run"), (UnixFileMode)0x1ed);
        repository.CommitAll();
        return repository;
    }

    [Fact]
    public void As_git_checkout_gives_them()
    {
        TestRepository repository = MakeRepository();
        string clone = _place.File("clone");
        TestRepository.Run(_place.Path, "-c", "core.autocrlf=false", "clone", "-q", repository.Path, clone);
        Directory.Delete(Path.Combine(clone, ".git"), recursive: true);
        FetchResult result = _place.Cache().Get(new FetchRequest(repository.Address + "?ref=main"));
        Assert.Empty(TreeManifest.Of(clone, default).FindDifferences(result.Path, default));
        Assert.Equal("$Format:%H %d %D$\n", result.Text("version.txt"));
        Assert.Equal("tested\n", result.Text("tests/test.txt"));
    }

    [Fact]
    public void One_digest_whatever_else_the_mirror_holds()
    {
        TestRepository repository = MakeRepository();
        string commit = repository.Head;
        using var elsewhere = new TestDirectory();
        string first = _place.Cache().Get(new FetchRequest($"{repository.Address}?rev={commit}")).Digest;
        repository.Git("tag", "v1");
        repository.Commit("more.txt", "more");
        elsewhere.Cache().Get(new FetchRequest(repository.Address + "?ref=main"));
        Assert.Equal(first, elsewhere.Cache().Get(new FetchRequest($"{repository.Address}?rev={commit}")).Digest);
    }

    [Fact]
    public void The_files_are_as_new_as_those_of_a_checkout()
    {
        TestRepository repository = MakeRepository();
        DateTime before = DateTime.UtcNow.AddSeconds(-2);
        string path = _place.Cache().Get(new FetchRequest(repository.Address + "?ref=main") { Destination = _place.File("out") }).Path;
        Assert.True(File.GetLastWriteTimeUtc(Path.Combine(path, "run")) >= before);
    }

    [Fact]
    public void What_is_left_out_is_said()
    {
        TestRepository repository = MakeRepository();
        Assert.Equal("", Told(repository));
        repository.Commit(".gitmodules", "[submodule \"lib\"]\n\tpath = lib\n\turl = https://example.org/lib\n");
        Assert.Contains("has submodules", Told(repository), StringComparison.Ordinal);
        repository.Commit(".gitmodules", "");
        repository.Commit("art/.gitattributes", "*.psd filter=lfs diff=lfs merge=lfs -text\n");
        Assert.Contains("files in LFS", Told(repository), StringComparison.Ordinal);
    }

    private string Told(TestRepository repository)
    {
        var request = new FetchRequest(repository.Address + "?ref=main") { MaxAge = TimeSpan.Zero };
        _place.Cache().Get(request);
        return request.Activity.TakeRemark() ?? "";
    }
}
