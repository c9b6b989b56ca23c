using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Forges;

/// <summary>github:, gitlab: and sourcehut: against an origin that answers as they do.</summary>
public class ForgeTests
{
    private const string Secret = "ghp_s3cr3tT0ken";
    private static readonly string One = FakeForge.Sha('1');
    private static readonly string Two = FakeForge.Sha('2');

    [Fact]
    public void A_branch_at_GitHub_gives_its_files_without_the_top_directory()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var forge = new FakeForge(place, origin);
        forge.Branch("main", One);
        forge.Archive($"/github/owner/repo/archive/{One}.tar.gz", "one");
        FetchCache cache = place.Cache();
        FetchResult result = cache.Get(forge.Request("github:owner/repo/main"));
        Assert.Equal((FetchStatus.Built, One, "one"), (result.Status, result.Revision, result.Text("src/a.txt")));
        Assert.Equal(("github:owner/repo/main", "repo"), (result.Uri, result.FileName));
        int asked = origin.Requests.Count;
        Assert.Equal(FetchStatus.Hit, cache.Get(forge.Request("github:owner/repo?ref=main")).Status);
        Assert.Equal(asked, origin.Requests.Count);
        cache.AssertNothingInTheMaking();
    }

    [Fact]
    public void A_question_that_is_asked_again_is_validated_and_the_archive_is_not_fetched_again()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var forge = new FakeForge(place, origin);
        forge.Branch("HEAD", One);
        forge.Archive($"/github/owner/repo/archive/{One}.tar.gz", "one");
        FetchCache cache = place.Cache();
        cache.Get(forge.Request("github:owner/repo"));
        FetchRequest request = forge.Request("github:owner/repo");
        request = request with { MaxAge = TimeSpan.Zero };
        Assert.Equal(FetchStatus.Revalidated, cache.Get(request).Status);
        Assert.Equal([200, 304], origin.RequestsTo("/api/repos/owner/repo/commits/HEAD").Select(r => r.Status));
        Assert.Equal(1, origin.Count($"/github/owner/repo/archive/{One}.tar.gz"));
        forge.Branch("HEAD", Two);
        forge.Archive($"/github/owner/repo/archive/{Two}.tar.gz", "two");
        FetchResult moved = cache.Get(request);
        Assert.Equal((FetchStatus.Built, Two, "two"), (moved.Status, moved.Revision, moved.Text("src/a.txt")));
    }

    [Fact]
    public void A_commit_needs_no_question_and_works_without_the_network_later()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var forge = new FakeForge(place, origin);
        forge.Archive($"/github/owner/repo/archive/{One}.tar.gz", "one");
        FetchCache cache = place.Cache();
        cache.Fails(new FetchRequest("github:owner/repo/" + One) { Forges = forge.Urls, Offline = true }, FetchError.FetchOffline);
        Assert.Equal("one", cache.Get(forge.Request("github:owner/repo/" + One)).Text("src/a.txt"));
        Assert.Single(origin.Requests);
        FetchResult offline = cache.Get(new FetchRequest("github:owner/repo?rev=" + One) { Forges = forge.Urls, Offline = true });
        Assert.Equal(FetchStatus.Hit, offline.Status);
        Assert.Single(origin.Requests);
    }

    [Fact]
    public void An_archive_whose_bytes_have_changed_is_the_same_tree()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var forge = new FakeForge(place, origin);
        forge.Archive($"/github/owner/repo/archive/{One}.tar.gz", "one");
        forge.Archive($"/github/other/repo/archive/{One}.tar.gz", "one");
        FetchCache cache = place.Cache();
        Assert.Equal(
            cache.Get(forge.Request("github:owner/repo/" + One)).Digest, cache.Get(forge.Request("github:other/repo/" + One)).Digest);
    }

    [Fact]
    public void GitLab_with_groups_in_groups()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var forge = new FakeForge(place, origin);
        // Kestrel decodes all but the slash.
        const string project = "/gitlab/api/v4/projects/group%2Fsub%2Frepo/repository/";
        origin.Serve(project + "commits", FakeForge.Utf8($"[{{\"id\":\"{One}\"}}]"));
        forge.Archive(project + "archive.tar.gz", "one");
        FetchResult result = place.Cache().Get(forge.Request("gitlab:group%2Fsub/repo/feature/x"));
        Assert.Equal((One, "one"), (result.Revision, result.Text("src/a.txt")));
        Assert.Equal("gitlab:group%2Fsub/repo/feature/x", result.Uri);
        Assert.Equal("?ref_name=feature%2Fx&per_page=1", origin.RequestsTo(project + "commits").Single().Query);
        Assert.Equal("?sha=" + One, origin.RequestsTo(project + "archive.tar.gz").Single().Query);
        origin.Serve(project + "commits", FakeForge.Utf8("[]"));
        place.Cache().Fails(forge.Request("gitlab:group%2Fsub/repo/none"), FetchError.GitRefNotFound);
    }

    [Fact]
    public void Sourcehut_by_its_list_of_references()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var forge = new FakeForge(place, origin);
        origin.Serve("/srht/~owner/repo/HEAD", FakeForge.Utf8("ref: refs/heads/trunk\n"));
        origin.Serve("/srht/~owner/repo/info/refs", FakeForge.Utf8(
            $"{Two}\trefs/heads/other/trunk\n{One}\trefs/heads/trunk\n{FakeForge.Sha('3')}\trefs/tags/v1\n{Two}\trefs/tags/v1^{{}}\n"));
        forge.Archive($"/srht/~owner/repo/archive/{One}.tar.gz", "one");
        forge.Archive($"/srht/~owner/repo/archive/{Two}.tar.gz", "two");
        FetchCache cache = place.Cache();
        Assert.Equal("one", cache.Get(forge.Request("sourcehut:~owner/repo")).Text("src/a.txt"));
        Assert.Equal("two", cache.Get(forge.Request("sourcehut:~owner/repo/v1")).Text("src/a.txt"));
        cache.Fails(forge.Request("sourcehut:~owner/repo/v2"), FetchError.GitRefNotFound);
    }

    [Fact]
    public void A_token_opens_a_private_repository_and_is_kept_nowhere()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var forge = new FakeForge(place, origin);
        forge.Branch("main", One, Secret);
        forge.Archive($"/api/repos/owner/repo/tarball/{One}", "one");
        FetchCache cache = place.Cache();
        cache.Fails(forge.Request("github:owner/repo/main"), FetchError.GitRefNotFound);
        FetchRequest request = forge.Request("github:owner/repo/main");
        request = request with { Headers = [new("Authorization", "Bearer " + Secret)] };
        Assert.Equal("one", cache.Get(request).Text("src/a.txt"));
        cache.AssertNowhere(Secret);
        cache.Fails(forge.Request("github:owner/repo/main"), FetchError.GitRefNotFound);
    }

    [Fact]
    public void What_is_not_there_what_is_no_answer_and_what_is_no_archive()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var forge = new FakeForge(place, origin);
        FetchCache cache = place.Cache();
        cache.Fails(forge.Request("github:owner/repo/none"), FetchError.GitRefNotFound);
        cache.Fails(forge.Request("github:owner/repo"), FetchError.FetchNotFound);
        cache.Fails(forge.Request("github:owner/repo/" + One), FetchError.FetchNotFound);
        origin.Serve("/api/repos/owner/repo/commits/HEAD", FakeForge.Utf8("<html>"));
        cache.Fails(forge.Request("github:owner/repo"), FetchError.GitFailed);
        origin.Serve("/gitlab/api/v4/projects/owner%2Frepo/repository/commits", FakeForge.Utf8("{\"x\":"));
        cache.Fails(forge.Request("gitlab:owner/repo"), FetchError.GitFailed);
        origin.Serve($"/github/owner/repo/archive/{Two}.tar.gz", FakeForge.Utf8("<html>not found</html>"));
        FetchException e = cache.Fails(forge.Request("github:owner/repo/" + Two), FetchError.ArchiveUnsupported);
        Assert.Contains("github:owner/repo/" + Two, e.Message, StringComparison.Ordinal);
        cache.AssertNothingInTheMaking();
    }

    [Fact]
    public void A_hostile_archive_is_refused_and_a_large_one_too()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var forge = new FakeForge(place, origin);
        origin.Serve($"/github/owner/repo/archive/{One}.tar.gz", forge.TarGz(
            "one", top => Links.ToFile(Path.Combine(top, "out"), "../../etc/passwd")));
        FetchCache cache = place.Cache();
        cache.Fails(forge.Request("github:owner/repo/" + One), FetchError.ArchiveUnsafe);
        forge.Archive($"/github/owner/repo/archive/{Two}.tar.gz", new string('x', 100_000));
        FetchRequest request = forge.Request("github:owner/repo/" + Two);
        request = request with { MaxUnpackedBytes = 50_000 };
        cache.Fails(request, FetchError.ArchiveTooLarge);
        request = forge.Request("github:owner/repo/" + Two);
        request = request with { MaxBytes = 100 };
        cache.Fails(request, FetchError.FetchTooLarge);
        cache.AssertNothingInTheMaking();
    }

    [Fact]
    public void When_the_forge_is_away_the_last_answer_may_do()
    {
        using var place = new TestDirectory();
        ForgeUrls urls;
        FetchCache cache = place.Cache();
        using (var origin = new Origin())
        {
            var forge = new FakeForge(place, origin);
            urls = forge.Urls;
            forge.Branch("main", One);
            forge.Archive($"/github/owner/repo/archive/{One}.tar.gz", "one");
            cache.Get(forge.Request("github:owner/repo/main"));
        }

        var request = new FetchRequest("github:owner/repo/main") { Forges = urls, MaxAge = TimeSpan.Zero, MaxAttempts = 1 };
        cache.Fails(request, FetchError.FetchConnectionFailed);
        request = request with { StaleIfError = TimeSpan.FromHours(1) };
        Assert.Equal(FetchStatus.Stale, cache.Get(request).Status);
        request = request with { StaleIfError = null };
        request = request with { Offline = true };
        Assert.Equal(FetchStatus.Stale, cache.Get(request).Status);
    }

    [Fact]
    public void Of_many_processes_one_asks_and_the_environment_says_where()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var forge = new FakeForge(place, origin);
        origin.Serve("/github/api/v3/repos/owner/repo/commits/main", FakeForge.Utf8(One));
        forge.Archive($"/github/owner/repo/archive/{One}.tar.gz", "one");
        Peer[] peers = [.. Enumerable.Range(0, 8).Select(_ => Peer.Run(
            place, "/usr/bin/env", "PROCESSDEDUP_GITHUB_URL=" + origin.Url("/github"), Programs.Procdedup, "fetch", "github:owner/repo/main"))];
        try
        {
            var paths = new HashSet<string>();
            foreach (Peer peer in peers)
            {
                (int code, string output, string errors) = peer.Finish();
                Assert.True(code == 0, errors);
                paths.Add(output);
            }

            Assert.Single(paths);
            Assert.Equal(2, origin.Requests.Count);
        }
        finally
        {
            foreach (Peer peer in peers)
                peer.Dispose();
        }
    }

    [Theory]
    [InlineData("github:owner")]
    [InlineData("github:owner/")]
    [InlineData("github:own er/repo")]
    [InlineData("github:../repo")]
    [InlineData("github:owner%2Fsub/repo")]
    [InlineData("github:user:pw@owner/repo")]
    [InlineData("sourcehut:owner/repo")]
    [InlineData("github:owner/repo/main?ref=main")]
    [InlineData("github:owner/repo/a..b")]
    [InlineData("github:owner/repo?rev=abc")]
    [InlineData("github:owner/repo?token=abc")]
    [InlineData("github:owner/repo?host=a/b")]
    [InlineData("github:owner/repo?host=u:p@h")]
    [InlineData("github:owner/repo?host=")]
    public void Malformed_addresses_are_refused(string address)
    {
        using var place = new TestDirectory();
        place.Cache().Fails(new FetchRequest(address), FetchError.FetchUriInvalid);
    }

    [Fact]
    public void A_forge_must_be_at_a_plain_http_address()
    {
        using var place = new TestDirectory();
        foreach (string url in new[] { "ftp://example.org", "https://user:pw@example.org", "https://example.org/?a=b" })
        {
            var request = new FetchRequest("github:owner/repo") { Forges = new ForgeUrls { GitHub = new Uri(url) } };
            Assert.DoesNotContain("pw", place.Cache().Fails(request, FetchError.FetchOptionsInvalid).Message, StringComparison.Ordinal);
        }
    }
}
