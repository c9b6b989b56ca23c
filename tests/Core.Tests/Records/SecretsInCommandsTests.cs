using System;
using System.IO;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Records;

/// <summary>Nothing of what a command is given is written anywhere by those who run it, wait for it or look at it.</summary>
public sealed class SecretsInCommandsTests : IDisposable
{
    private const string Secret = "s3cret-7f1c";

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private static readonly string[] Arguments =
    [
        "-pw", Secret, "-u", "me:" + Secret, "-ume:" + Secret, "-HX-Vault: " + Secret, "PW=" + Secret, "scott/" + Secret + "@db",
        "--from-literal=k=" + Secret, "https://me:" + Secret + "@host/", "https://host/" + Secret, Secret, "-k", Secret, "--" + Secret,
    ];

    private void AssertNothingIsWritten(params Peer[] peers)
    {
        // Not with .NET, which would take the locks of what it reads.
        using Peer grep = Peer.Run(_place, "grep", "-rl", Secret, _place.Home);
        Assert.Equal((1, "", ""), grep.Finish());
        foreach (Peer peer in peers)
            Assert.DoesNotContain(Secret, string.Join('\n', peer.Drain()) + peer.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lock", "x")]
    [InlineData("once", "x")]
    [InlineData("build", "x")]
    public void A_command_with_secrets_leaves_none_behind_whoever_waits_looks_or_dies(string verb, string key)
    {
        string ready = _place.File("ready");
        string script = _place.File("work.sh");
        File.WriteAllText(script, $"test -e {ready} && exit 3; touch {ready}; read go");
        using Peer holder = Peer.Procdedup(_place, [verb, key, "--", "sh", script, .. Arguments]);
        Eventually.True(() => File.Exists(ready), "the work");
        using Peer waiter = Peer.Procdedup(_place, [verb, key, "--", "sh", script, .. Arguments]);
        Eventually.True(() => waiter.Errors.Contains("waiting", StringComparison.Ordinal), "the notice of the wait");
        using Peer hasty = Peer.Procdedup(_place, [verb, key, "--no-wait", "--", "sh", script, .. Arguments]);
        Assert.NotEqual(0, hasty.WaitForExit());
        using Peer locks = Peer.Procdedup(_place, "locks", "--json");
        Assert.Equal(0, locks.WaitForExit());
        Assert.Contains(
            _place.Root.ExistingLocks().Select(LockInspector.Inspect).SelectMany(l => l.Holders),
            h => h.CommandLine?.StartsWith($"procdedup {verb} … -- sh ", StringComparison.Ordinal) == true);
        AssertNothingIsWritten(holder, waiter, hasty, locks);
        holder.Kill();
        waiter.WaitForExit();
        using Peer after = Peer.Procdedup(_place, "locks");
        Assert.Equal(0, after.WaitForExit());
        AssertNothingIsWritten(holder, waiter, after);
    }

    [Theory]
    [InlineData("--password", Secret)]
    [InlineData("-u", "me:" + Secret)]
    [InlineData("DB_PASSWORD=" + Secret)]
    [InlineData("https://me:" + Secret + "@host/")]
    public void What_a_failed_build_repeats_of_its_secrets_reaches_no_message_and_no_record(params string[] arguments)
    {
        string script = _place.File("login.sh");
        File.WriteAllText(script, $"echo \"cannot log in: '$*' ({Secret[..6]}{Secret[6..]})\" >&2; exit 1");
        using Peer build = Peer.Procdedup(_place, ["build", "x", "--", "sh", script, .. arguments]);
        Assert.Equal(69, build.WaitForExit());
        string told = build.Errors.Split('\n').Last(line => line.StartsWith("procdedup:", StringComparison.Ordinal));
        Assert.Contains("cannot log in", told, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, told, StringComparison.Ordinal);
    }

    [Fact]
    public void The_whole_command_is_read_from_the_living_process_by_its_own_user_and_from_no_record()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux shows it");
        using Peer holder = Peer.Procdedup(_place, "lock", "x", "--", "sh", "-c", "echo in; read go", "sh", Secret);
        holder.Expect("in");
        LockHolder seen = Assert.Single(LockInspector.Inspect(_place.Named("x")).Holders);
        Assert.EndsWith(" sh " + Secret, seen.ReadCommandLine(), StringComparison.Ordinal);
        using (Peer whole = Peer.Procdedup(_place, "locks", "x", "--json", "--whole-commands"))
            Assert.Contains(Secret, whole.Finish().Output, StringComparison.Ordinal);
        AssertNothingIsWritten(holder);
        holder.Kill();
        Assert.Null(seen.ReadCommandLine());
        using Peer after = Peer.Procdedup(_place, "locks", "x", "--json", "--whole-commands");
        Assert.Equal(0, after.WaitForExit());
    }

    [Fact]
    public void Another_user_sees_no_more_of_a_command_than_is_harmless()
    {
        var other = new OtherUser(_place, Programs.Procdedup);
        Directory.CreateDirectory(_place.Home);
        Modes.Set(_place.Home, (UnixFileMode)0x3ff); // 1777
        using Peer holder = Peer.Procdedup(_place, "lock", "x", "--", "sh", "-c", "echo in; read go", "sh", Secret);
        holder.Expect("in");
        using Peer whole = other.Start("locks", "x", "--json", "--whole-commands");
        (int code, string output, string errors) = whole.Finish();
        Assert.True(code == 0, errors);
        Assert.Contains($"\"processId\": {holder.Id}", output, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, output + errors, StringComparison.Ordinal);
    }
}
