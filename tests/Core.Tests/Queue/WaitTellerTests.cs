using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.RegularExpressions;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Queue;

/// <summary>Of many that wait for the same lock and write to the same log, one says so.</summary>
public sealed class WaitTellerTests : IDisposable
{
    private const int Many = 8;

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Eight_waiters_of_one_log_tell_once_and_another_one_after_the_teller_was_killed()
    {
        using Peer holder = Peer.Locker(_place, "hold", "busy").Expect("HELD");
        using Peer job = Waiters(string.Empty);
        KernelView.AwaitWaiters(_place.Named("busy").LockFile + ".gate", Many - 1);
        Eventually.True(() => Notices(job).Count > 0, "the first notice");
        Peer.Signal(Teller(), "KILL");
        Eventually.True(() => Notices(job).Count > 1, "the notice of another one");
        Assert.All(Notices(job), line => Assert.Contains($"PID {holder.Id}", line, StringComparison.Ordinal));
        holder.Say("end");
        Assert.Equal(Many - 1, job.ReadToEnd().Count(line => line == "DONE"));
        job.WaitForExit();
        Assert.Equal(2, Notices(job).Count);
        // Two that leave at the same moment may each leave the file to the other; it is swept after an hour.
        Assert.InRange(Directory.GetFiles(Path.Combine(_place.Home, "waits")).Length, 0, 1);
    }

    [Theory]
    [InlineData("GITHUB_ACTIONS=true GITHUB_RUN_ID=1", "::notice title=procdedup::procdedup: waiting for lock 'busy', held by LockPeer")]
    [InlineData("TF_BUILD=True BUILD_BUILDID=1", "##[section]procdedup: waiting for lock 'busy', held by LockPeer")]
    public void A_build_system_gets_one_notice_at_a_time_in_its_own_form_from_all_logs_of_a_job(string variables, string expected)
    {
        using Peer holder = Peer.Locker(_place, "hold", "busy", "--reason", "##vso[task.setvariable]100%").Expect("HELD");
        Peer[] jobs = [Waiters(variables, 1), Waiters(variables, 1), Waiters(variables, 1)];
        KernelView.AwaitWaiters(_place.Named("busy").LockFile + ".gate", jobs.Length - 1);
        Eventually.True(() => jobs.Sum(j => Notices(j).Count) > 0, "the notice");
        // What must not come cannot be waited for; but when another one has told in its place, it would have come.
        Peer.Signal(Teller(), "KILL");
        Eventually.True(() => jobs.Sum(j => Notices(j).Count) > 1, "the notice of another one");
        holder.Say("end");
        Array.ForEach(jobs, job => job.Finish());
        string[] lines = [.. jobs.SelectMany(Notices)];
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line =>
        {
            Assert.StartsWith(expected, line, StringComparison.Ordinal);
            Assert.DoesNotContain("##vso", line, StringComparison.Ordinal);
        });
        Array.ForEach(jobs, job => job.Dispose());
    }

    private Peer Waiters(string variables, int count = Many) => Peer.Run(
        _place, "bash", "-c", $"for i in $(seq {count}); do env {variables} \"$PROCDEDUP\" lock busy -- echo DONE & done; wait");

    private static List<string> Notices(Peer job) =>
        job.Errors.Split('\n').Where(line => Regex.IsMatch(line, "waiting for lock", RegexOptions.None, TimeSpan.FromSeconds(5))).ToList();

    private int Teller()
    {
        string file = Assert.Single(Directory.GetFiles(Path.Combine(_place.Home, "waits"), "*.teller"));
        using var json = JsonDocument.Parse(File.ReadAllBytes(file));
        return json.RootElement.GetProperty("pid").GetInt32();
    }
}
