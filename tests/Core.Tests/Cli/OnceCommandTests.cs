using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

public sealed class OnceCommandTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    // Leaves a mark, says so, and ends when the test lets it.
    private string[] Gated(string key, string then) =>
        ["once", key, "--", "sh", "-c", $"echo ran >> '{_place.File("marks")}'; mkfifo '{_place.File("gate")}' 2>/dev/null; read _ < '{_place.File("gate")}'; {then}"];

    private int Marks => File.Exists(_place.File("marks")) ? File.ReadAllLines(_place.File("marks")).Length : 0;

    private void OpenGate() => File.WriteAllText(_place.File("gate"), "go\n");

    private (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        using Peer peer = Peer.Procdedup(_place, arguments);
        return peer.Finish();
    }

    [Fact]
    public void Of_many_one_runs_the_command_and_all_give_its_output_and_exit_code()
    {
        int count = Scale.Of(8, 32);
        Peer[] all = [.. Enumerable.Range(0, count).Select(_ => Peer.Procdedup(_place, Gated("k", "echo out; echo err >&2; exit 0")))];
        AwaitWaiters(count - 1);
        OpenGate();
        foreach (Peer peer in all)
        {
            (int code, string output, string errors) = peer.Finish();
            Assert.Equal((0, "out"), (code, output));
            Assert.EndsWith("err\n", errors, StringComparison.Ordinal);
            peer.Dispose();
        }

        Assert.Equal(1, Marks);
        Assert.Equal((0, "out", "err\n"), Run("once", "k", "--", "sh", "-c", "echo never"));
    }

    [Fact]
    public void Of_many_of_whom_the_leaders_are_killed_one_has_the_effect_and_all_the_others_give_its_output()
    {
        int count = Scale.Of(8, 32), kills = Scale.Of(2, 6);
        string effects = _place.File("effects");
        List<Peer> all = Enumerable.Range(0, count)
            .Select(_ => Peer.Procdedup(_place, Gated("k", $"echo effect >> '{effects}'; echo out; echo err >&2"))).ToList();
        try
        {
            AwaitWaiters(count - 1);
            string file = Assert.Single(Directory.GetFiles(Path.Combine(_place.Home, "locks"), "fetch-*.lock"));
            for (int kill = 1; kill <= kills; kill++)
            {
                // The command inherits the lock, but the kernel names who took it.
                IReadOnlyList<int> holders = [];
                Eventually.True(() => (holders = KernelView.Holders(file)).Count == 1, "one holds it");
                int leader = holders[0];
                Peer victim = all.Single(p => p.Id == leader);
                all.Remove(victim);
                victim.Kill();
                victim.Dispose();
                int runs = kill + 1;
                Eventually.True(() => Marks == runs, "the next one runs it");
            }

            Assert.False(File.Exists(effects), "no leader has come so far");
            OpenGate();
            Assert.All(all, peer =>
            {
                (int code, string output, string errors) = peer.Finish();
                Assert.Equal((0, "out"), (code, output));
                Assert.EndsWith("err\n", errors, StringComparison.Ordinal);
            });
            Assert.Equal(count - kills, all.Count);
            Assert.Single(File.ReadAllLines(effects));
        }
        finally
        {
            all.ForEach(p => p.Dispose());
        }
    }

    [Fact]
    public void A_failure_goes_to_those_who_waited_and_not_to_those_who_come_later()
    {
        using Peer first = Peer.Procdedup(_place, Gated("k", "echo out; exit 7"));
        Eventually.True(() => Marks == 1, "the first one runs");
        using Peer second = Peer.Procdedup(_place, Gated("k", "echo other; exit 8"));
        AwaitWaiters(1);
        OpenGate();
        (int Code, string Output, string) one = first.Finish(), two = second.Finish();
        Assert.Equal((7, "out"), (one.Code, one.Output));
        Assert.Equal((7, "out"), (two.Code, two.Output));
        Assert.Equal(1, Marks);
        Assert.Equal((0, "later", ""), Run("once", "k", "--", "sh", "-c", "echo later"));
    }

    [Fact]
    public void When_the_one_that_runs_it_is_killed_another_one_runs_it()
    {
        using Peer first = Peer.Procdedup(_place, Gated("k", "echo first"));
        Eventually.True(() => Marks == 1, "the first one runs");
        using Peer second = Peer.Procdedup(_place, Gated("k", "echo second"));
        AwaitWaiters(1);
        first.Kill();
        Eventually.True(() => Marks == 2, "the second one runs");
        OpenGate();
        (int code, string output, _) = second.Finish();
        Assert.Equal((0, "second"), (code, output));
    }

    [Fact]
    public void An_interrupted_one_shares_nothing_and_the_next_one_runs_it()
    {
        using Peer first = Peer.Procdedup(_place, Gated("k", "echo first"));
        Eventually.True(() => Marks == 1, "the first one runs");
        using Peer second = Peer.Procdedup(_place, Gated("k", "echo second"));
        AwaitWaiters(1);
        first.Signal("TERM");
        Assert.Equal(143, first.WaitForExit());
        Eventually.True(() => Marks == 2, "the second one runs");
        OpenGate();
        (int code, string output, _) = second.Finish();
        Assert.Equal((0, "second"), (code, output));
    }

    [Fact]
    public void A_result_is_right_for_as_long_as_is_said()
    {
        string mark = _place.File("marks");
        string[] command = ["--", "sh", "-c", $"echo ran >> '{mark}'"];
        Run(["once", "k", .. command]);
        Run(["once", "k", .. command]);
        Run(["once", "k", "--ttl-sec", "3600", .. command]);
        Assert.Equal(1, Marks);
        Run(["once", "k", "--ttl-sec", "0", .. command]);
        Assert.Equal(2, Marks);
    }

    [Fact]
    public void Output_is_kept_byte_by_byte()
    {
        (int code, _, _) = Run("once", "k", "--", "sh", "-c", "head -c 300000 /dev/zero | tr '\\0' 'x'; printf '\\n\\377no newline'");
        Assert.Equal(0, code);
        (code, string output, _) = Run("once", "k", "--", "false");
        Assert.Equal(0, code);
        Assert.Equal(300000, output.IndexOf('\n', StringComparison.Ordinal));
        Assert.EndsWith("no newline", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("once", "k")]
    [InlineData("once", "k", "--")]
    [InlineData("once", "--", "true")]
    [InlineData("once", "--no-such", "--", "true")]
    [InlineData("once", "k", "--ttl-sec", "-1", "--", "true")]
    [InlineData("once", "k", "--no-wait", "--timeout-sec", "1", "--", "true")]
    public void Wrong_usage_is_64(params string[] arguments)
    {
        (int code, string output, string errors) = Run(arguments);
        Assert.Equal((64, ""), (code, output));
        Assert.StartsWith("procdedup: ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_that_does_not_exist_is_127_as_in_a_shell()
    {
        (int code, _, string errors) = Run("once", "k", "--", "no-such-program");
        Assert.Equal(127, code);
        Assert.Contains("no-such-program", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_does_not_want_to_wait_is_told_who_is_at_it()
    {
        using Peer first = Peer.Procdedup(_place, Gated("k", "true"));
        Eventually.True(() => Marks == 1, "the first one runs");
        (int code, _, string errors) = Run("once", "k", "--no-wait", "--", "true");
        Assert.Equal(75, code);
        Assert.Contains("PID " + first.Id, errors, StringComparison.Ordinal);
    }

    private void AwaitWaiters(int count)
    {
        Eventually.True(() => Marks == 1, "one of them runs it");
        string locks = Path.Combine(_place.Home, "locks");
        KernelView.AwaitWaiters(Assert.Single(Directory.GetFiles(locks, "fetch-*.lock")), count);
    }

    [Theory]
    [InlineData("once")]
    [InlineData("build")]
    public void What_the_command_left_in_the_background_is_not_waited_for_and_may_go_on_printing(string verb)
    {
        string gate = _place.File("gate"), done = _place.File("done");
        using (Peer make = Peer.Run(_place, "mkfifo", gate))
            Assert.Equal(0, make.WaitForExit());
        string script = $"""
            sh -c 'read go < {gate}; for i in 1 2 3; do yes | head -c 100000; yes >&2 | head -c 1; done; echo on > {done}.new; mv {done}.new {done}' &
            echo now; [ -z "$PROCESSDEDUP_OUT" ] || touch "$PROCESSDEDUP_OUT/made"
            """.Replace("yes >&2 | head -c 1", "echo more >&2", StringComparison.Ordinal);
        using Peer procdedup = Peer.Procdedup(_place, verb, "left", "--", "sh", "-c", script);
        // It would not end: the child is still waiting.
        Assert.Equal(0, procdedup.WaitForExit());
        Assert.False(File.Exists(done));
        File.WriteAllText(gate, "go\n");
        Eventually.True(() => File.Exists(done), "the end of what was left, alive");
    }
}
