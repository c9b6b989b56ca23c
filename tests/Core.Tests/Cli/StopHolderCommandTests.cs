using System;
using System.IO;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>What <c>procdedup stop-holder</c> says and does.</summary>
public sealed class StopHolderCommandTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void It_ends_the_holder_and_says_so()
    {
        using Peer holder = Peer.Locker(_place, "hold", "busy").Expect("HELD");
        (int code, string output, string errors) = Run("busy", "--yes");
        Assert.Equal((0, ""), (code, errors));
        Assert.Matches($@"^ended: LockPeer \(PID {holder.Id}\), holder of lock 'busy', after \S+ s$", output);
        Assert.Equal(143, holder.WaitForExit());
        Assert.Equal((0, "Nobody holds lock 'busy'.", ""), Run("busy", "--yes"));
        Assert.True(File.Exists(_place.Named("busy").LockFile));
    }

    [Fact]
    public void It_kills_the_holder_and_what_inherited_the_lock_when_their_time_is_over()
    {
        using Peer holder = Peer.Procdedup(
            _place, "lock", "busy", "--", "bash", "-c", "trap '' TERM; echo READY; while :; do read line || exit; done").Expect("READY");
        (int code, string output, _) = Run("busy", "--yes", "--grace-sec", "0.2");
        Assert.Equal(0, code);
        string[] lines = output.Split('\n');
        Assert.StartsWith($"killed: procdedup (PID {holder.Id})", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("killed: bash (PID ", lines[1], StringComparison.Ordinal);
        // The guard ends with the command, perhaps before it is looked for.
        Assert.All(lines.Skip(2), line => Assert.Contains(": procdedup (PID ", line, StringComparison.Ordinal));
        Assert.Equal(LockState.Free, LockInspector.Inspect(_place.Named("busy")).State);
    }

    [Fact]
    public void It_frees_no_lock_for_which_something_without_a_descriptor_still_works()
    {
        Assert.SkipWhen(Programs.Find("python3") is null, "python3 is not installed");
        const string work = "trap \"\" TERM; echo $$; while :; do sleep 0.1; done";
        using Peer holder = Peer.Procdedup(
            _place, "lock", "busy", "--", "python3", "-c", $"import signal, subprocess; signal.signal(signal.SIGTERM, signal.SIG_IGN); subprocess.run(['sh', '-c', '''{work}'''])");
        string worker = holder.Read("the worker's PID");
        (int code, string output, string errors) = Run("busy", "--yes", "--grace-sec", "0.2");
        Assert.True(code == 0, output + errors);
        Assert.Equal(LockState.Free, LockInspector.Inspect(_place.Named("busy")).State);
        string stat = $"/proc/{worker}/stat";
        Assert.True(!File.Exists(stat) || File.ReadAllText(stat).Contains(") Z ", StringComparison.Ordinal), output);
    }

    [Theory]
    [InlineData("say --yes", "busy")]
    [InlineData("Give a lock NAME", "--yes")]
    [InlineData("not both", "busy", "--file", "x", "--yes")]
    [InlineData("There is no option '--wrong'", "--wrong", "--yes")]
    [InlineData("--grace-sec must be a number", "busy", "--yes", "--grace-sec", "soon")]
    [InlineData("is not a lock name", "a/b", "--yes")]
    public void Wrong_usage_stops_nobody(string expected, params string[] arguments)
    {
        using Peer holder = Peer.Locker(_place, "hold", "busy").Expect("HELD");
        (int code, string output, string errors) = Run(arguments);
        Assert.Equal((64, ""), (code, output));
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        holder.Say("end");
        holder.Expect("RELEASED");
    }

    private (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        using Peer procdedup = Peer.Procdedup(_place, ["stop-holder", .. arguments]);
        return procdedup.Finish();
    }
}
