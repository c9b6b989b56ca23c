using System;
using System.IO;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Tests.Fetch.Forges;
using ProcessDedup.Tests.Fetch.Git;
using ProcessDedup.Tests.Flight;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fleet;

/// <summary>Machines share what everybody gets, and nothing else.</summary>
public sealed class FleetLoginTests(PostgresServer server) : IDisposable
{
    private readonly TwoMachines _it = new(server);
    private readonly Origin _origin = new();

    public void Dispose()
    {
        _origin.Dispose();
        _it.Dispose();
    }

    private FetchResult Get(TestDirectory machine, string address, Func<FetchRequest, FetchRequest>? adjust = null) => _it.Get(machine, address, adjust);

    private int Gets => _origin.Requests.Count;

    [Fact]
    public void What_anybody_was_shown_a_login_for_is_not_shared()
    {
        OriginFile file = _origin.Serve("/a", 1000, etag: "\"v1\"");
        Get(_it.Here, file, r => r with { Headers = [new("Authorization", "Bearer hunter2")] });
        Get(_it.Here, file, r => r with { Credential = new System.Net.NetworkCredential("me", "hunter2") });
        OriginFile mine = _origin.Serve("/private", 1000, etag: "\"v1\"");
        mine.CacheControl = "private, max-age=3600";
        Get(_it.Here, mine);
        Assert.Equal(FetchStatus.Downloaded, WithNetrc("127.0.0.1", _origin.Serve("/known", 1000)).Status);
        Assert.Equal("Basic " + Convert.ToBase64String("me:hunter2"u8), _origin.Requests[^1].Authorization);
        Assert.Equal(0, _it.Rows());
        Assert.Empty(Directory.GetFileSystemEntries(_it.Store));
    }

    [Fact]
    public void Who_shows_a_login_asks_for_himself_although_the_fleet_has_what_everybody_gets()
    {
        OriginFile file = _origin.Serve("/a", 1000, etag: "\"v1\"");
        FetchRequest Recent(FetchRequest request) => request with { MaxAge = TimeSpan.FromHours(1) };
        Get(_it.Here, file, Recent);
        Assert.Equal(FetchStatus.Downloaded, Get(_it.There, file, r =>
            Recent(r) with { Credential = new System.Net.NetworkCredential("ann", "hunter2") }).Status);
        Assert.Equal(FetchStatus.Downloaded, Get(_it.There, file, r =>
            Recent(r) with { Headers = [new("X-Token", "hunter2")] }).Status);
        // Another user than the one before, whose content would be this one's too.
        Assert.Equal(FetchStatus.Downloaded, WithNetrc("127.0.0.1", file, "--max-age-sec", "3600").Status);
        Assert.Equal(4, Gets);
        Assert.Equal(1, _it.Rows());
        // Nor were they asked whether they have it.
        Assert.Equal(1, PostgresServer.Ask<long>(_it.Connection, "SELECT count(*) FROM procdedup.lock_name"));
    }

    [Fact]
    public void What_was_given_for_a_login_on_the_way_is_not_shared()
    {
        // Nobody has a login at this address, but at the one that it leads to.
        _origin.Serve("/known", 1000);
        string address = _origin.Redirect("/a", $"http://localhost:{_origin.Root.Port}/known");
        Assert.Equal(FetchStatus.Downloaded, WithNetrc("localhost", address).Status);
        Assert.Equal("Basic " + Convert.ToBase64String("me:hunter2"u8), _origin.Requests[^1].Authorization);
        Assert.Equal(0, _it.Rows());
        Assert.Empty(Directory.GetFileSystemEntries(_it.Store));
    }

    [Fact]
    public void What_a_forge_gives_for_a_login_on_the_way_is_not_shared()
    {
        string commit = FakeForge.Sha('1');
        var forge = new FakeForge(_it.Here, _origin);
        _origin.Serve("/commit", FakeForge.Utf8(commit));
        forge.Archive("/archive", "one");
        _origin.Redirect("/github/api/v3/repos/owner/repo/commits/main", $"http://localhost:{_origin.Root.Port}/commit");
        _origin.Redirect($"/github/owner/repo/archive/{commit}.tar.gz", $"http://localhost:{_origin.Root.Port}/archive");
        Assert.Equal(FetchStatus.Built, WithNetrc("localhost", "github:owner/repo/main").Status);
        Assert.Equal(2, _origin.Requests.Count(r => r.Authorization is not null));
        Assert.Equal(0, _it.Rows());
        Assert.Empty(Directory.GetFileSystemEntries(_it.Store));
    }

    private Answer WithNetrc(string host, params string[] words)
    {
        string netrc = _it.There.File("netrc"), github = "PROCESSDEDUP_GITHUB_URL=" + _origin.Url("/github");
        File.WriteAllText(netrc, $"machine {host} login me password hunter2");
        using Peer peer = Peer.Run(_it.There, "env", ["NETRC=" + netrc, github, Programs.FetchPeer, "get", .. words, .. _it.Meeting]);
        return TwoMachines.RunOne(peer);
    }

    [Fact]
    public void A_forge_is_asked_once_which_commit_a_branch_is_and_for_its_files()
    {
        var forge = new FakeForge(_it.Here, _origin);
        string commit = FakeForge.Sha('1');
        forge.Branch("main", commit);
        forge.Archive($"/github/owner/repo/archive/{commit}.tar.gz", "one");
        FetchRequest Ask(FetchRequest request) => request with { Forges = forge.Urls };
        FetchResult first = Get(_it.Here, "github:owner/repo/main", Ask), second = Get(_it.There, "github:owner/repo/main", Ask);
        Assert.Equal((FetchStatus.Built, FetchStatus.Substituted), (first.Status, second.Status));
        Assert.Equal((commit, first.Digest), (second.Revision, second.Digest));
        Assert.Equal("one", File.ReadAllText(Path.Combine(second.Path, "src/a.txt")));
        Assert.Equal(2, Gets);
        // With a token it is another question, and its answer nobody else's.
        Get(_it.There, "github:owner/repo/main", r =>
            Ask(r) with { Headers = [new("Authorization", "Bearer hunter2")] });
        Assert.Equal(3, Gets);
        Assert.Equal(2, _it.Rows());
    }

    [Fact]
    public void A_repository_that_everybody_may_see_is_asked_once_and_another_one_by_each_machine()
    {
        var repository = new TestRepository(_it.Here);
        repository.Commit("a.txt", "one");
        var git = new GitServer(_origin, _it.Here);
        string settings = _it.Here.File("gitconfig");
        Answer Ask(TestDirectory machine, string config, string environment = "X=x", params string[] words)
        {
            File.WriteAllText(settings, config);
            words = words.Length == 0 ? [git.Address] : words;
            using Peer peer = Peer.Run(
                machine, "env", ["GIT_CONFIG_GLOBAL=" + settings, "GIT_CONFIG_NOSYSTEM=1", environment, Programs.FetchPeer, "get", .. words, .. _it.Meeting]);
            return TwoMachines.RunOne(peer);
        }

        Assert.Equal(FetchStatus.Built, Ask(_it.Here, "[user]\n name = x\n").Status);
        int visits = git.Visits;
        Answer other = Ask(_it.There, "");
        Assert.Equal((FetchStatus.Substituted, visits), (other.Status, git.Visits));
        Assert.Equal("one", File.ReadAllText(Path.Combine(other.Path, "a.txt")));
        using var third = new TestDirectory();
        Assert.Equal(FetchStatus.Built, Ask(third, "[credential]\n helper = store\n").Status);
        using TestDirectory fourth = new(), fifth = new();
        Assert.Equal(FetchStatus.Built, Ask(fourth, "", "GIT_SSL_CERT=mine").Status);
        Assert.Equal(FetchStatus.Built, Ask(fifth, "", words: [git.Address, "--header", "X-Token: hunter2"]).Status);
        // And one that is of a machine is no business of the others.
        Ask(_it.There, "", words: "git+file://" + _it.Here.File("source"));
        Assert.Equal(2, _it.Rows());
    }
}
