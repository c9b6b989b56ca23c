using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using ProcessDedup.Fetch;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch;

/// <summary>What was damaged in the store, or was no good when it came, is not handed out again.</summary>
public sealed class HealingTests : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly Origin _origin = new();

    public void Dispose()
    {
        _origin.Dispose();
        _place.Dispose();
    }

    private static void Truncate(string path, int length)
    {
        Modes.Set(path, (UnixFileMode)0x1a4);
        using FileStream file = File.OpenWrite(path);
        file.SetLength(length);
    }

    private string BlobOf(FetchResult result)
    {
        string digest = result.Digest.Substring("sha256:".Length);
        return Path.Combine(_place.Home, "blobs/sha256", digest.Substring(0, 2), digest);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void A_truncated_blob_is_fetched_again_and_its_name_leads_to_what_came(bool expected, bool copied)
    {
        OriginFile file = _origin.Serve("/tool.bin", 44_000);
        file.CacheControl = "max-age=3600";
        FetchCache cache = _place.Cache();
        FetchResult first = cache.Get(new FetchRequest(file.Url));
        Assert.Equal("tool.bin", Path.GetFileName(first.Path));
        Truncate(BlobOf(first), 10);
        Assert.Equal(10, new FileInfo(first.Path).Length);

        // Another address with the same content, for those who know its hash.
        OriginFile other = _origin.Serve("/other.bin", file.Body.ToArray());
        FetchResult again = cache.Get(new FetchRequest(expected ? other.Url : file.Url)
        {
            Expected = expected ? ContentHash.Parse(first.Digest) : null,
            Destination = copied ? _place.File("copy") : null,
        });
        Assert.Equal(FetchStatus.Downloaded, again.Status);
        Assert.Equal(file.Body.ToArray(), File.ReadAllBytes(again.Path));
        // The name that the first one was given is good as well.
        Assert.Equal(file.Body.ToArray(), File.ReadAllBytes(cache.Get(new FetchRequest(file.Url)).Path));
        Assert.Equal(file.Body.ToArray(), File.ReadAllBytes(first.Path));
    }

    [Fact]
    public void A_name_that_leads_to_another_file_is_not_handed_out()
    {
        OriginFile file = _origin.Serve("/tool.bin", 44_000);
        file.CacheControl = "max-age=3600";
        FetchResult first = _place.Cache().Get(new FetchRequest(file.Url));
        // As long as the blob, and not the blob.
        File.Delete(first.Path);
        File.WriteAllBytes(first.Path, new byte[44_000]);
        FetchResult again = _place.Cache().Get(new FetchRequest(file.Url));
        Assert.Equal((FetchStatus.Hit, first.Path), (again.Status, again.Path));
        Assert.Equal(file.Body.ToArray(), File.ReadAllBytes(again.Path));
    }

    [Fact]
    public void An_expected_hash_is_not_met_by_a_blob_with_other_content()
    {
        OriginFile file = _origin.Serve("/tool.bin", 44_000);
        FetchCache cache = _place.Cache();
        FetchResult first = cache.Get(new FetchRequest(file.Url));
        Modes.Set(BlobOf(first), (UnixFileMode)0x1a4);
        File.WriteAllBytes(BlobOf(first), new byte[44_000]);
        FetchResult again = cache.Get(new FetchRequest(_origin.Serve("/other.bin", file.Body.ToArray()).Url) { Expected = ContentHash.Parse(first.Digest) });
        Assert.Equal(file.Body.ToArray(), File.ReadAllBytes(again.Path));
    }

    [Theory]
    [InlineData("truncated")]
    [InlineData("removed")]
    [InlineData("no manifest")]
    public void A_damaged_tree_is_unpacked_again(string damage)
    {
        OriginFile file = _origin.Serve("/a.tar", Tars.Tar(Tars.FileOf("dir/file", "content"), Tars.FileOf("other", "more")));
        file.CacheControl = "max-age=3600";
        FetchRequest Want() => new(file.Url) { Unpack = true };
        string tree = _place.Cache().Get(Want()).Path;
        string inside = Path.Combine(tree, "dir/file");
        if (damage == "truncated")
            Truncate(inside, 3);
        else
            File.Delete(damage == "removed" ? inside : tree + ".manifest");
        FetchResult again = _place.Cache().Get(Want());
        Assert.Equal("content", again.Text("dir/file"));
        Assert.Equal(ContentState.Sound, Assert.Single(_place.Cache().List().Where(i => i.IsDirectory).Select(i => _place.Cache().BeginCheck().Verify(i, default).State)));
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html><body>Please log in</body></html>", true)]
    [InlineData("\ufeff \n<HTML>\n<title>Portal</title>", true)]
    [InlineData("Service temporarily unavailable", false)]
    public void A_page_that_came_instead_of_an_archive_is_not_kept(string page, bool isHtml)
    {
        OriginFile file = _origin.Serve("/a.tar", Encoding.UTF8.GetBytes(page), etag: "\"same\"");
        file.CacheControl = "max-age=3600";
        file.ContentType = "text/html";
        FetchCache cache = _place.Cache();
        FetchException e = cache.Fails(new FetchRequest(file.Url) { Unpack = true }, FetchError.ArchiveUnsupported);
        Assert.Equal(isHtml, e.Message.Contains("HTML page", StringComparison.Ordinal));
        file.Body = new OriginBody(Tars.Tar(Tars.FileOf("file", "good")));
        Assert.Equal("good", cache.Get(new FetchRequest(file.Url) { Unpack = true }).Text("file"));
        Assert.Equal(2, _origin.Count("/a.tar"));
    }

    [Fact]
    public void What_somebody_fetched_before_is_asked_for_once_more_and_without_validators()
    {
        byte[] archive = Tars.Gzip(Tars.Tar(Tars.FileOf("file", "good")));
        OriginFile file = _origin.Serve("/a.tgz", archive[..(archive.Length / 2)], etag: "\"same\"");
        file.CacheControl = "max-age=3600";
        FetchCache cache = _place.Cache();
        // As a file it is as good as any: nobody knows that it was cut.
        cache.Get(new FetchRequest(file.Url));
        file.Body = new OriginBody(archive);
        FetchResult unpacked = cache.Get(new FetchRequest(file.Url) { Unpack = true });
        Assert.Equal("good", unpacked.Text("file"));
        IReadOnlyList<OriginRequest> requests = _origin.Requests;
        Assert.Equal(2, requests.Count);
        Assert.False(requests[1].Headers.ContainsKey("If-None-Match"));
    }

    [Fact]
    public void What_stays_no_archive_costs_one_more_request_each_time()
    {
        OriginFile file = _origin.Serve("/a.tgz", Encoding.UTF8.GetBytes("no archive"));
        file.CacheControl = "max-age=3600";
        FetchCache cache = _place.Cache();
        cache.Get(new FetchRequest(file.Url));
        cache.Fails(new FetchRequest(file.Url) { Unpack = true }, FetchError.ArchiveUnsupported);
        Assert.Equal(2, _origin.Count("/a.tgz"));
        cache.Fails(new FetchRequest(file.Url) { Unpack = true }, FetchError.ArchiveUnsupported);
        Assert.Equal(3, _origin.Count("/a.tgz"));
        // What has the expected hash will never be anything else.
        string hash = "sha256:" + Convert.ToHexString(System.Security.Cryptography.SHA256.HashData("no archive"u8)).ToLowerInvariant();
        cache.Fails(new FetchRequest(file.Url) { Unpack = true, Expected = ContentHash.Parse(hash) }, FetchError.ArchiveUnsupported);
        cache.Fails(new FetchRequest(file.Url) { Unpack = true, Expected = ContentHash.Parse(hash) }, FetchError.ArchiveUnsupported);
        Assert.Equal(3, _origin.Count("/a.tgz"));
    }
}
