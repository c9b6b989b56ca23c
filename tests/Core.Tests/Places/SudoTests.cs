using System;
using System.IO;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Places;

/// <summary>"sudo procdedup" where sudo keeps the user's HOME.</summary>
public sealed class SudoTests : IDisposable
{
    private const string Owner = "65534:65534";

    private readonly TestDirectory _place = new();
    private readonly OtherUser _user;
    private readonly string _home;

    public SudoTests()
    {
        _user = new OtherUser(_place, Programs.Procdedup);
        _home = _place.NewDirectory("user");
        Run("chown", Owner, _home);
    }

    public void Dispose() => _place.Dispose();

    private string Run(params string[] command)
    {
        using Peer peer = Peer.Run(_place, command[0], command[1..]);
        (int code, string output, string errors) = peer.Finish();
        Assert.True(code == 0, $"{string.Join(' ', command)} ended with {code}: {errors}");
        return output;
    }

    private static string[] WithHome(string home, params string[] command) =>
        ["env", "-u", "PROCESSDEDUP_HOME", "-u", "XDG_CACHE_HOME", "HOME=" + home, .. command];

    private string Facts(string path) => Run("stat", "-c", "%u:%g %a", path);

    private (int Code, string Output, string Errors) AsUser(params string[] arguments)
    {
        string program = Path.Combine(_place.Path, "programs", Path.GetFileName(Programs.Procdedup));
        using Peer peer = _user.Run([.. WithHome(_home, program), .. arguments]);
        return peer.Finish();
    }

    [Fact]
    public void Sudo_with_the_users_home_does_not_lock_the_user_out()
    {
        Run(WithHome(_home, "sh", "-c", "umask 022; exec \"$@\"", "-", Programs.Procdedup, "lock", "n", "--slots", "2", "--", "sleep", "0.3"));
        string cache = Path.Combine(_home, ".cache");
        Assert.Equal(Owner + " 755", Facts(cache));
        Assert.Equal(Owner + " 700", Facts(Path.Combine(cache, "processdedup")));
        Assert.Equal(Owner + " 700", Facts(Path.Combine(cache, "processdedup", "locks")));
        Assert.All(
            Directory.GetFiles(Path.Combine(cache, "processdedup"), "*", SearchOption.AllDirectories),
            file => Assert.StartsWith(Owner, Facts(file), StringComparison.Ordinal));
        // The user goes on with the same locks, and root again after that.
        Assert.Equal((0, "mine"), Result(AsUser("lock", "n", "--slots", "2", "--", "echo", "mine")));
        Assert.Equal((0, "other"), Result(AsUser("lock", "other", "--", "echo", "other")));
        Run(WithHome(_home, Programs.Procdedup, "lock", "other", "--", "true"));
        Assert.Contains("n", AsUser("locks").Output, StringComparison.Ordinal);
    }

    private static (int Code, string Output) Result((int Code, string Output, string Errors) all) => (all.Code, all.Output);

    [Fact]
    public void What_was_there_before_keeps_its_owner()
    {
        string cache = Directory.CreateDirectory(Path.Combine(_home, ".cache")).FullName;
        Run(WithHome(_home, Programs.Procdedup, "lock", "n", "--", "true"));
        Assert.StartsWith("0:0", Facts(cache), StringComparison.Ordinal);
        Assert.Equal(Owner + " 700", Facts(Path.Combine(cache, "processdedup")));
    }

    [Fact]
    public void A_link_that_the_user_has_put_there_gives_nothing_away()
    {
        string outside = _place.NewDirectory("outside");
        Links.ToDirectory(Path.Combine(_home, ".cache"), outside);
        Run(WithHome(_home, Programs.Procdedup, "lock", "n", "--", "true"));
        Assert.StartsWith("0:0", Facts(Path.Combine(outside, "processdedup")), StringComparison.Ordinal);
        Assert.StartsWith("0:0", Facts(Path.Combine(outside, "processdedup", "locks", "n.lock")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("locks")]
    [InlineData("clear-stale")]
    public void A_root_that_cannot_be_read_is_an_error_that_names_it_and_its_owner(string command)
    {
        string cache = Directory.CreateDirectory(Path.Combine(_home, ".cache")).FullName;
        Run("chmod", "700", cache);
        (int code, string output, string errors) = AsUser(command);
        Assert.Equal((77, ""), (code, output));
        Assert.Contains($"'{cache}' cannot be read: ", errors, StringComparison.Ordinal);
        Assert.Contains("it belongs to root", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lock_file_in_a_directory_that_may_not_be_entered_is_a_typed_error()
    {
        string closed = _place.NewDirectory("closed");
        Run("chmod", "700", closed);
        (int code, _, string errors) = AsUser("locks", "--file", Path.Combine(closed, "x"));
        Assert.Equal(77, code);
        Assert.Contains("may not be opened", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lock_file_in_a_directory_that_may_not_be_listed_is_looked_at_all_the_same()
    {
        string closed = _place.NewDirectory("closed");
        string file = Path.Combine(closed, "x");
        File.WriteAllText(file, "");
        Run("chmod", "711", closed);
        (int code, string output, string errors) = AsUser("locks", "--file", file);
        Assert.True(code == 0, errors);
        Assert.Contains("free", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_folders_of_a_root_for_a_group_are_for_that_group()
    {
        Directory.CreateDirectory(_place.Home);
        Run("chown", "0:65534", _place.Home);
        Run("chmod", "3775", _place.Home);
        Run(Programs.Procdedup, "lock", "n", "--", "true");
        Assert.Equal(Owner.Replace("65534:", "0:", StringComparison.Ordinal) + " 3775", Facts(Path.Combine(_place.Home, "locks")));
        using Peer user = _user.Start("lock", "n", "--", "echo", "mine");
        Assert.Equal((0, "mine"), Result(user.Finish()));
    }

    [Fact]
    public void A_rootless_container_uses_a_shared_root_of_the_machines_root()
    {
        Assert.SkipWhen(Programs.Find("unshare") is null, "unshare (util-linux) is not installed");
        Directory.CreateDirectory(_place.Home);
        Run("chmod", "1777", _place.Home);
        string program = Path.Combine(_place.Path, "programs", Path.GetFileName(Programs.Procdedup));
        using (Peer probe = _user.Run("unshare", "--user", "--map-root-user", "true"))
            Assert.SkipUnless(probe.WaitForExit() == 0, "no user namespaces here");
        using Peer user = _user.Run("unshare", "--user", "--map-root-user", program, "lock", "n", "--", "echo", "in");
        (int code, string output, string errors) = user.Finish();
        Assert.True(code == 0, errors);
        Assert.Equal("in", output);
    }
}
