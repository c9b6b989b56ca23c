using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Git;
using ProcessDedup.Platform;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Git;

/// <summary>What goes wrong with repositories, what is told of it, and what must not be.</summary>
public class GitFailureTests
{
    private const string Secret = "s3cr3t-Passw0rd";

    [Theory]
    [InlineData("git+https://example.org/r?rev=abc123")]
    [InlineData("git+https://example.org/r?rev=")]
    [InlineData("git+https://example.org/r?rev=zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz")]
    [InlineData("git+https://example.org/r?ref=-x")]
    [InlineData("git+https://example.org/r?ref=a..b")]
    [InlineData("git+https://example.org/r?ref=a*")]
    [InlineData("git+https://example.org/r?ref=")]
    [InlineData("git+https://example.org/r?ref=a&ref=b")]
    [InlineData("git+https://example.org/r#frag")]
    [InlineData("git+https:///r")]
    [InlineData("git+ssh://-oProxyCommand=x/r")]
    [InlineData("git+ssh://-oProxyCommand=x@example.org/r")]
    [InlineData("git+ssh://user:hunter2@example.org/r")]
    [InlineData("git+file://host/r")]
    public void Malformed_addresses_are_refused(string address)
    {
        using var place = new TestDirectory();
        FetchException e = place.Cache().Fails(new FetchRequest(address), FetchError.FetchUriInvalid);
        Assert.DoesNotContain("hunter2", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_parameters_are_refused_and_the_known_ones_named()
    {
        using var place = new TestDirectory();
        FetchException e = place.Cache().Fails(new FetchRequest($"git+https://example.org/r?{Secret}"), FetchError.FetchUriInvalid);
        Assert.Contains("known are ref, rev", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_hash_of_a_file_cannot_be_expected_of_a_repository()
    {
        using var place = new TestDirectory();
        var request = new FetchRequest("git+https://example.org/r") { Expected = ProcessDedup.Store.ContentHash.Parse(new string('a', 64)) };
        Assert.Contains("rev", place.Cache().Fails(request, FetchError.FetchOptionsInvalid).NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_ref_and_an_unknown_commit_are_not_found()
    {
        using var place = new TestDirectory();
        var repository = new TestRepository(place);
        string commit = repository.Commit("a.txt", "one");
        FetchCache cache = place.Cache();
        FetchException e = cache.Fails(new FetchRequest(repository.Address + "?ref=nowhere"), FetchError.GitRefNotFound);
        Assert.Contains("'nowhere'", e.Message, StringComparison.Ordinal);
        string unknown = new('e', 40);
        e = cache.Fails(new FetchRequest($"{repository.Address}?rev={unknown}"), FetchError.GitRefNotFound);
        Assert.Contains(unknown, e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(Path.Combine(cache.Directory, "git")));
        // An unknown commit is no reason to give up a mirror that works.
        cache.Get(new FetchRequest($"{repository.Address}?rev={commit}"));
        string mirror = Assert.Single(Directory.GetDirectories(Path.Combine(cache.Directory, "git")));
        DateTime made = Directory.GetCreationTimeUtc(Path.Combine(mirror, "objects"));
        cache.Fails(new FetchRequest($"{repository.Address}?rev={unknown}"), FetchError.GitRefNotFound);
        Assert.Equal(made, Directory.GetCreationTimeUtc(Path.Combine(mirror, "objects")));
        cache.AssertNothingInTheMaking();
    }

    [Fact]
    public void A_repository_that_is_not_there_and_a_server_that_is_not_there()
    {
        using var place = new TestDirectory();
        FetchCache cache = place.Cache();
        cache.Fails(new FetchRequest("git+file://" + place.File("nothing")), FetchError.FetchNotFound);
        string gone;
        using (var origin = new Origin())
        {
            gone = origin.Url("/r");
            cache.Fails(new FetchRequest("git+" + gone), FetchError.FetchNotFound);
        }

        cache.Fails(new FetchRequest("git+" + gone) { MaxAttempts = 2 }, FetchError.FetchConnectionFailed);
    }

    [Fact]
    public void A_link_out_of_the_tree_is_refused()
    {
        using var place = new TestDirectory();
        var repository = new TestRepository(place);
        Links.ToFile(Path.Combine(repository.Path, "out"), "../../../etc/passwd");
        repository.CommitAll();
        FetchCache cache = place.Cache();
        FetchException e = cache.Fails(new FetchRequest(repository.Address), FetchError.ArchiveUnsafe);
        Assert.Contains(repository.Address, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("tree.tar", e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(cache.Directory, "trees"), "*.manifest", SearchOption.AllDirectories));
        cache.AssertNothingInTheMaking();
    }

    [Fact]
    public void A_tree_that_is_too_large_is_refused()
    {
        using var place = new TestDirectory();
        var repository = new TestRepository(place);
        repository.Commit("a.txt", new string('x', 100_000));
        FetchCache cache = place.Cache();
        cache.Fails(new FetchRequest(repository.Address) { MaxUnpackedBytes = 50_000 }, FetchError.ArchiveTooLarge);
        cache.Fails(new FetchRequest(repository.Address) { MaxBytes = 50_000 }, FetchError.FetchTooLarge);
        cache.AssertNothingInTheMaking();
        Assert.Equal(FetchStatus.Built, cache.Get(new FetchRequest(repository.Address)).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Logins_are_sent_and_kept_nowhere(bool isInAddress)
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var repository = new TestRepository(place);
        repository.Commit("a.txt", "one");
        var server = new GitServer(origin, place) { Login = "alice:" + Secret };
        FetchCache cache = place.Cache();
        cache.Fails(new FetchRequest(server.Address), FetchError.FetchAccessDenied);
        FetchRequest request = isInAddress
            ? new FetchRequest(server.Address.Replace("://", $"://alice:{Secret}@", StringComparison.Ordinal) + "?ref=main")
            : new FetchRequest(server.Address + "?ref=main") { Credential = new NetworkCredential("alice", Secret) };
        FetchResult result = cache.Get(request);
        Assert.Equal("one", result.Text("a.txt"));
        Assert.Equal(server.Address + "?ref=main", result.Uri);
        cache.AssertNowhere(Secret, "alice", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("alice:" + Secret)));
    }

    [Fact]
    public void A_user_without_a_password_is_let_in_by_a_credential_helper_by_askpass_and_by_netrc_as_with_git()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var repository = new TestRepository(place);
        repository.Commit("a.txt", "one");
        var server = new GitServer(origin, place) { Login = "org:" + Secret };
        string address = server.Address.Replace("://", "://org@", StringComparison.Ordinal) + "?ref=main";
        string Script(string name, string text)
        {
            string path = place.File(name);
            File.WriteAllText(path, "#!/bin/sh\n" + text + "\n");
            Modes.Set(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return path;
        }

        string home = place.NewDirectory("home"), config = place.File("gitconfig"), netrc = place.File("netrc");
        // It gives the password to the user that the address names, and to no other.
        string helper = Script("helper", $"grep -q username=org && echo password={Secret} || true");
        File.WriteAllText(config, $"[credential]\n\thelper = {helper}\n");
        string askpass = Script("askpass", $"echo {Secret}");
        File.WriteAllText(netrc, $"machine 127.0.0.1 login org password {Secret}\n");
        string[] nothing = ["HOME=" + home, "GIT_CONFIG_NOSYSTEM=1"];
        string[][] ways = [["GIT_CONFIG_GLOBAL=" + config], ["GIT_ASKPASS=" + askpass], ["SSH_ASKPASS=" + askpass], ["NETRC=" + netrc]];
        (int Code, string Said) Run(string[] way, params string[] command)
        {
            using Peer peer = Peer.Run(place, "env", ["-u", "GIT_ASKPASS", "-u", "SSH_ASKPASS", .. nothing, .. way, .. command]);
            (int code, string output, string errors) = peer.Finish();
            return (code, output + errors);
        }

        int n = 0;
        foreach (string[] way in ways)
        {
            string cache = place.NewDirectory("cache" + (n++).ToString(System.Globalization.CultureInfo.InvariantCulture));
            (int code, string said) = Run([.. way, "PROCESSDEDUP_HOME=" + cache], Programs.Procdedup, "fetch", address);
            Assert.True(code == 0, way[0] + ": " + said);
            Assert.DoesNotContain(Secret, said, StringComparison.Ordinal);
            if (!way[0].StartsWith("NETRC", StringComparison.Ordinal))
                Assert.Equal(0, Run([.. way, "GIT_TERMINAL_PROMPT=0"], "git", "ls-remote", address["git+".Length..address.IndexOf('?', StringComparison.Ordinal)]).Code);
        }

        (int refused, string why) = Run(["PROCESSDEDUP_HOME=" + place.NewDirectory("none")], Programs.Procdedup, "fetch", address);
        Assert.True(refused == 77, why);
    }

    [Fact]
    public void A_token_in_the_place_of_the_user_needs_no_password()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var repository = new TestRepository(place);
        repository.Commit("a.txt", "one");
        var server = new GitServer(origin, place) { Login = Secret + ":" };
        FetchCache cache = place.Cache();
        Assert.Equal("one", cache.Get(new FetchRequest(server.Address.Replace("://", $"://{Secret}@", StringComparison.Ordinal))).Text("a.txt"));
        cache.AssertNowhere(Secret);
    }

    [Fact]
    public void Headers_are_sent_and_kept_nowhere()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var repository = new TestRepository(place);
        repository.Commit("a.txt", "one");
        var server = new GitServer(origin, place) { Token = Secret };
        FetchCache cache = place.Cache();
        IReadOnlyList<KeyValuePair<string, string>> headers = [new("X-Token", Secret)];
        Assert.Equal("one", cache.Get(new FetchRequest(server.Address) { Headers = headers }).Text("a.txt"));
        cache.AssertNowhere(Secret);
    }

    [Fact]
    public void A_wrong_login_is_shown_nowhere()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var repository = new TestRepository(place);
        repository.Commit("a.txt", "one");
        var server = new GitServer(origin, place) { Login = "alice:other" };
        FetchCache cache = place.Cache();
        string address = server.Address.Replace("://", $"://alice:{Secret}@", StringComparison.Ordinal);
        FetchException e = cache.Fails(new FetchRequest(address), FetchError.FetchAccessDenied);
        Assert.DoesNotContain(Secret, e.ToString(), StringComparison.Ordinal);
        cache.AssertNowhere(Secret);
    }

    [Fact]
    public void Secrets_do_not_follow_a_redirect()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        using var other = new Origin();
        var repository = new TestRepository(place);
        repository.Commit("a.txt", "one");
        var server = new GitServer(other, place);
        origin.Redirect("/r/x/info/refs", server.Address["git+".Length..] + "/info/refs?service=git-upload-pack");
        FetchCache cache = place.Cache();
        string address = "git+" + origin.Url("/r/x");
        Assert.Throws<FetchException>(() => cache.Get(new FetchRequest(address) { Headers = [new("X-Token", Secret)] }));
        Assert.Empty(other.Requests);
        Assert.Equal("one", cache.Get(new FetchRequest(address)).Text("a.txt"));
    }

    [Fact]
    public async Task A_server_that_hangs_is_given_up_and_one_that_is_cancelled_too()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        using var asked = new ManualResetEventSlim();
        string url = origin.Handle("/r/info/refs", async context =>
        {
            asked.Set();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        FetchCache cache = place.Cache();
        string address = "git+" + origin.Url("/r");
        cache.Fails(new FetchRequest(address) { InactivityTimeout = TimeSpan.FromMilliseconds(300) }, FetchError.FetchStalled);
        // The time for all of it ends what git itself does not, where git has not even started by then.
        FetchException late = Assert.Throws<FetchException>(() => cache.Get(new FetchRequest(address) { Timeout = TimeSpan.FromMilliseconds(300) }));
        Assert.True(late.Error is FetchError.FetchStalled or FetchError.FetchTimedOut, late.ToString());
        asked.Reset();
        using var cancel = new CancellationTokenSource();
        Task canceller = Task.Run(() =>
        {
            asked.Wait(TimeSpan.FromSeconds(60));
            cancel.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => cache.Get(new FetchRequest(address + "?rev=" + new string('a', 40)), cancel.Token));
        await canceller;
        cache.AssertNothingInTheMaking();
        Assert.NotEmpty(url);
    }

    [Fact]
    public void Without_git_it_is_told_what_is_missing()
    {
        using var place = new TestDirectory();
        using Peer peer = Peer.Run(
            place, "/usr/bin/env", "PATH=" + place.NewDirectory("empty"), Programs.Procdedup, "fetch", "git+https://example.org/r");
        (int code, _, string errors) = peer.Finish();
        Assert.NotEqual(0, code);
        Assert.Contains("'git'", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_killed_process_leaves_is_swept()
    {
        using var place = new TestDirectory();
        var repository = new TestRepository(place);
        repository.Commit("a.txt", "one");
        FetchCache cache = place.Cache();
        // A name of this boot and container, and of a process that is no more.
        ProcessIdentity gone;
        using (Peer peer = Peer.Run(place, "sleep", "600"))
        {
            Assert.True(ProcessIdentity.TryGet(peer.Id, out gone));
            peer.Kill();
        }

        string left = Path.Combine(cache.Directory, "tmp", ProcessDedup.Store.OwnedName.Of(gone) + "-x", "mirror");
        Directory.CreateDirectory(left);
        TestRepository.Run(left, "init", "--quiet", "--bare");
        using (ProcessDedup.Store.CachePrune prune = cache.BeginPrune())
            prune.Sweep();
        cache.AssertNothingInTheMaking();
    }

    [Fact]
    public void Nothing_secret_is_on_the_command_line_or_in_what_git_is_told_to_trace()
    {
        var environment = new Dictionary<string, string?>
        {
            ["GIT_DIR"] = "/elsewhere",
            ["GIT_INDEX_FILE"] = "x",
            ["GIT_TRACE_CURL"] = "1",
            ["GIT_CONFIG_COUNT"] = "1",
            ["GIT_CONFIG_KEY_0"] = "a.b",
            ["GIT_CONFIG_VALUE_0"] = "c",
        };
        var source = new GitSource($"git+https://alice:{Secret}@example.org:8443/r.git?ref=main", new FetchRequest("x"));
        GitEnvironment.Prepare(environment, "/cache");
        GitEnvironment.LetIn(environment, source);
        Assert.False(environment.ContainsKey("GIT_DIR") || environment.ContainsKey("GIT_INDEX_FILE") || environment.ContainsKey("GIT_TRACE_CURL"));
        Assert.Equal("a.b", environment["GIT_CONFIG_KEY_0"]);
        Assert.Equal("http.https://example.org:8443/.extraHeader", environment["GIT_CONFIG_KEY_1"]);
        Assert.Equal("https://example.org:8443/r.git", source.Url);
        Assert.Equal("r", source.Name);
    }

    [Fact]
    public void Ssh_is_told_its_user_without_showing_it()
    {
        var source = new GitSource("git+ssh://git@example.org/group/r.git?ref=main", new FetchRequest("x"));
        var environment = new Dictionary<string, string?>();
        GitEnvironment.LetIn(environment, source);
        Assert.Equal("ssh://example.org/group/r.git", source.Url);
        Assert.Equal("git+ssh://example.org/group/r.git?ref=main", source.Display);
        Assert.Equal("url.ssh://git@example.org/.insteadOf", environment["GIT_CONFIG_KEY_0"]);
        Assert.Equal("ssh://example.org/", environment["GIT_CONFIG_VALUE_0"]);
    }
}
