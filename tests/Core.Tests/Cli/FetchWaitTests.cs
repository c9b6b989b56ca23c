using System;
using System.Globalization;
using System.IO;
using System.Text.Json;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>procdedup fetch while another process fetches the same, and when it is told to end.</summary>
public sealed class FetchWaitTests : FetchProgramTest
{
    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public void A_signal_ends_it_while_the_origin_hangs(string signal, int expected)
    {
        OriginFile file = _origin.Serve("/slow", 300_000);
        file.Gate = new OriginGate(100_000);
        using Peer procdedup = Peer.Procdedup(_place, "fetch", file);
        file.Gate.WaitReached();
        procdedup.Signal(signal);
        (int code, string output, string errors) = procdedup.Finish();
        Assert.Equal((expected, ""), (code, output));
        Assert.DoesNotContain("Unhandled", errors, StringComparison.Ordinal);
        file.Gate.Open();
        Assert.Equal(file.Body.ToArray(), File.ReadAllBytes(FetchWell(file)));
    }

    [Fact]
    public void A_signal_ends_the_wait_for_another_process_which_goes_on()
    {
        OriginFile file = _origin.Serve("/slow", 300_000);
        file.Gate = new OriginGate(100_000);
        using Peer leader = Peer.Procdedup(_place, "fetch", file);
        file.Gate.WaitReached();
        using Peer waiting = Peer.Procdedup(_place, "fetch", file);
        Eventually.True(() => waiting.Errors.Length > 0, "the notice");
        waiting.Signal("INT");
        Assert.Equal(130, waiting.WaitForExit());
        file.Gate.Open();
        Assert.Equal(0, leader.Finish().Code);
        Assert.Equal(1, _origin.Count("/slow"));
    }

    [Fact]
    public void A_wait_of_more_than_a_second_says_once_whom_it_is_for()
    {
        OriginFile file = _origin.Serve("/slow", 300_000);
        file.Gate = new OriginGate(100_000);
        using Peer leader = Peer.Procdedup(_place, "fetch", file);
        file.Gate.WaitReached();
        OwnerFile.AwaitFetch(_place);
        using Peer waiting = Peer.Procdedup(_place, "fetch", file, "--json");
        Eventually.True(() => waiting.Errors.Length > 0, "the notice");
        file.Gate.Open();
        (int code, string output, string errors) = waiting.Finish();
        Assert.Equal(0, code);
        string notice = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("procdedup: waiting for procdedup fetch ", notice, StringComparison.Ordinal);
        Assert.Contains($"PID {leader.Id}", notice, StringComparison.Ordinal);
        Assert.Contains(": " + file.Url, notice, StringComparison.Ordinal);
        Assert.Equal("Waited", JsonDocument.Parse(output).RootElement.GetProperty("status").GetString());
        Assert.Equal(1, _origin.Count("/slow"));
    }

    [Fact]
    public void What_another_process_fetches_is_not_waited_for_where_that_is_not_wanted()
    {
        OriginFile file = _origin.Serve("/slow", 300_000);
        file.Gate = new OriginGate(100_000);
        using Peer leader = Peer.Procdedup(_place, "fetch", file);
        file.Gate.WaitReached();
        bool IsRefused(params string[] how)
        {
            (int code, string output, string errors) = Fetch([file, .. how]);
            Assert.Equal((75, ""), (code, output));
            return errors.Contains("PID " + leader.Id, StringComparison.Ordinal);
        }

        Assert.True(IsRefused("--no-wait"));
        // On a machine that is busy the time may be over before it has come to the wait, and then there is nobody to be named.
        double seconds = 0.05;
        Eventually.True(() => IsRefused("--timeout-sec", (seconds *= 2).ToString(CultureInfo.InvariantCulture)), "a wait for the leader");

        OriginGate gate = file.Gate;
        file.Gate = null;
        foreach (string[] how in new[] { ["--no-wait"], new[] { "--timeout-sec", "5" } })
        {
            (int code, string output, string errors) = Fetch([file, .. how, "--max-age-sec", "0", "--on-timeout", "proceed"]);
            Assert.True(code == 0, errors);
            Assert.Equal(file.Body.ToArray(), File.ReadAllBytes(output));
        }

        gate.Open();
        Assert.Equal(0, leader.Finish().Code);
    }
}
