using System;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>A coordinator that cannot be asked hides no lock of this machine.</summary>
public sealed class UnreachableFleetTests : IDisposable
{
    private const string Nothing = "Host=127.0.0.1;Port=1;Username=x";

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private (int Code, string Output, string Errors) Run(string connection, params string[] arguments)
    {
        using Peer procdedup = Peer.Run(
            _place, "env", ["PROCESSDEDUP_COORDINATOR=" + connection, Programs.Procdedup, .. arguments]);
        procdedup.EndInput();
        return procdedup.Finish();
    }

    [Theory]
    [InlineData(Nothing, 69, "cannot be reached")]
    [InlineData("nonsense", 64, "connection string")]
    public void The_locks_of_this_machine_are_shown_and_the_fleet_is_an_error(string connection, int expected, string cause)
    {
        using Peer holder = Peer.Locker(_place, "hold", "red5").Expect("HELD");
        foreach (string[] arguments in new string[][] { ["locks"], ["locks", "red5"], ["locks", "--json"] })
        {
            (int code, string output, string errors) = Run(connection, arguments);
            Assert.Equal(expected, code);
            Assert.Contains(holder.Id.ToString(CultureInfo.InvariantCulture), output, StringComparison.Ordinal);
            // The root in use is for people; JSON says it in its own place.
            Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => !line.StartsWith("Root directory: ", StringComparison.Ordinal));
            Assert.Contains(cause, errors, StringComparison.Ordinal);
        }

        holder.Say("end");
        holder.Expect("RELEASED");
    }

    [Fact]
    public void What_was_typed_wrong_is_corrected_first()
    {
        (int code, string output, _) = Run(Nothing, "locks", "--coordinator", "nonsense");
        Assert.Equal((64, ""), (code, output));
    }

    [Fact]
    public void A_holder_on_this_machine_is_stopped_and_the_fleet_is_an_error()
    {
        using Peer holder = Peer.Locker(_place, "hold", "red5").Expect("HELD");
        (int code, string output, string errors) = Run(Nothing, "stop-holder", "red5", "--yes");
        Assert.Equal(69, code);
        Assert.StartsWith("ended: ", output, StringComparison.Ordinal);
        Assert.Contains("cannot be reached", errors, StringComparison.Ordinal);
        (_, output, _) = Run(Nothing, "stop-holder", "red5", "--yes");
        Assert.Equal("Nobody holds lock 'red5' on this machine.", output.TrimEnd());
    }

    [Fact]
    public void Who_waits_for_a_server_that_says_nothing_is_not_said_to_wait_for_a_holder()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        string connection = string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={((IPEndPoint)silent.LocalEndpoint).Port};Username=x");
        using Peer waiter = Peer.Procdedup(_place, "lock", "red1", "--coordinator", connection, "--", "true");
        Eventually.True(() => waiter.Errors.Contains("waiting for lock 'red1', or for the answer of coordinator 'postgresql://x@127.0.0.1", StringComparison.Ordinal), "the notice");
        waiter.Signal("INT");
        Assert.NotEqual(0, waiter.WaitForExit());
    }

    [Fact]
    public void A_live_view_says_it_below_the_title()
    {
        using Peer watch = Peer.Run(
            _place, "env", "PROCESSDEDUP_COORDINATOR=" + Nothing, Programs.Procdedup, "locks", "red5", "--watch", "--interval-sec", "0.1");
        Assert.Contains("Ctrl+C", watch.Read("the title"), StringComparison.Ordinal);
        Assert.Contains("cannot be reached", watch.Read("the remark"), StringComparison.Ordinal);
        watch.Await("NAME");
        Assert.Equal("red5  free", watch.Read("the lock").TrimEnd());
        watch.Signal("INT");
        (int code, string rest, string errors) = watch.Finish();
        Assert.Equal((130, ""), (code, errors));
        Assert.DoesNotContain("red5", rest, StringComparison.Ordinal);
    }
}
