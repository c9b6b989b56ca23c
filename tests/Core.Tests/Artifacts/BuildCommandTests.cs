using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Artifacts;

/// <summary><c>procdedup build</c> in many processes.</summary>
public sealed class BuildCommandTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private string Gate => _place.File("gate");

    private int Marks => File.Exists(_place.File("marks")) ? File.ReadAllLines(_place.File("marks")).Length : 0;

    // Leaves a mark, and goes on when the test lets it.
    private string[] Gated(string then, params string[] options) =>
        ["build", "k", .. options, "--", "sh", "-c", $"echo ran >> '{_place.File("marks")}'; mkfifo '{Gate}' 2>/dev/null; read _ < '{Gate}'; {then}"];

    private const string Makes = "echo made > \"$PROCESSDEDUP_OUT/x\"";

    private void OpenGate() => File.WriteAllText(Gate, "go\n");

    private (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        using Peer peer = Peer.Procdedup(_place, arguments);
        return peer.Finish();
    }

    private int LinesPrinted => LockInspector.InspectAll(_place.Root).SelectMany(l => l.Holders)
        .Select(h => Regex.Match(h.Progress ?? string.Empty, "([0-9]+) lines printed"))
        .Where(m => m.Success).Select(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)).FirstOrDefault();

    private void AwaitWaiters(int count) => Eventually.True(
        () => LockInspector.InspectAll(_place.Root).Sum(l => l.Waiters.Count) == count, $"{count} processes wait");

    [Fact]
    public void Of_many_one_runs_the_command_and_all_get_the_path()
    {
        int count = Scale.Of(8, 32);
        Peer[] all = [.. Enumerable.Range(0, count).Select(_ => Peer.Procdedup(_place, Gated("echo said; " + Makes)))];
        AwaitWaiters(count - 1);
        OpenGate();
        (int Code, string Output, string Errors)[] ends = [.. all.Select(p => p.Finish())];
        Assert.All(ends, e => Assert.Equal(0, e.Code));
        string path = Assert.Single(ends.Select(e => e.Output).Distinct());
        Assert.Equal("made\n", File.ReadAllText(Path.Combine(path, "x")));
        Assert.Equal(1, Marks);
        // What the command prints is no result.
        Assert.Single(ends, e => e.Errors.Contains("said\n", StringComparison.Ordinal));
        Array.ForEach(all, p => p.Dispose());
    }

    [Fact]
    public void A_command_that_fails_publishes_nothing_and_fails_for_all_that_wait()
    {
        Peer[] all = [.. Enumerable.Range(0, 4).Select(_ => Peer.Procdedup(_place, Gated(Makes + "; echo no luck >&2; exit 7")))];
        AwaitWaiters(3);
        OpenGate();
        foreach (Peer peer in all)
        {
            (int code, string output, string errors) = peer.Finish();
            Assert.Equal((69, ""), (code, output));
            Assert.Contains("exit code 7. It had printed: no luck.", errors, StringComparison.Ordinal);
            peer.Dispose();
        }

        Assert.Equal(1, Marks);
        Assert.Equal("There are no such artifacts.", Run("artifact", "list").Output);
    }

    [Fact]
    public void When_the_one_that_builds_is_killed_another_one_builds()
    {
        using Peer first = Peer.Procdedup(_place, Gated(Makes));
        Eventually.True(() => Marks == 1, "the first one runs");
        using Peer second = Peer.Procdedup(_place, Gated(Makes));
        AwaitWaiters(1);
        first.Kill();
        Eventually.True(() => Marks == 2, "the second one runs");
        OpenGate();
        Assert.Equal(0, second.Finish().Code);
    }

    [Fact]
    public void An_interrupted_one_shares_nothing_and_the_next_one_builds()
    {
        using Peer first = Peer.Procdedup(_place, Gated(Makes));
        Eventually.True(() => Marks == 1, "the first one runs");
        using Peer second = Peer.Procdedup(_place, Gated(Makes));
        AwaitWaiters(1);
        first.Signal("TERM");
        Assert.Equal(143, first.WaitForExit());
        Eventually.True(() => Marks == 2, "the second one runs");
        OpenGate();
        Assert.Equal(0, second.Finish().Code);
    }

    [Fact]
    public void A_frozen_builder_is_not_waited_for_and_one_of_the_waiters_builds()
    {
        string go = _place.File("go");
        string[] words =
        [
            // More than a busy machine takes to tell of a line.
            "build", "k", "--stall-timeout-sec", "5", "--", "sh", "-c",
            $"echo ran >> '{_place.File("marks")}'; while [ ! -e '{go}' ]; do sleep 0.1; echo goes on; done; {Makes}",
        ];
        using Peer frozen = Peer.Procdedup(_place, words);
        Eventually.True(() => Marks == 1, "the first one runs");
        frozen.Signal("STOP");
        Peer[] waiting = [.. Enumerable.Range(0, 3).Select(_ => Peer.Procdedup(_place, words))];
        Eventually.True(() => waiting.All(p => p.Errors.Contains("makes no progress", StringComparison.Ordinal)), "all have given up waiting");
        // One of them builds, and the others wait for that one.
        AwaitWaiters(2);
        File.WriteAllText(go, "");
        (int Code, string Output, string Errors)[] ends = [.. waiting.Select(p => p.Finish())];
        Array.ForEach(waiting, p => p.Dispose());
        Assert.All(ends, e => Assert.True(e.Code == 0, e.Errors));
        Assert.Single(ends.Select(e => e.Output).Distinct());
        Assert.Equal(2, Marks);
        // It comes back to life: what it makes is there already.
        frozen.Signal("CONT");
        Assert.Equal(0, frozen.Finish().Code);
    }

    [Fact]
    public void A_builder_that_gets_on_is_waited_for()
    {
        string step = _place.File("step");
        using Peer slow = Peer.Procdedup(
            _place, "build", "k", "--", "sh", "-c", $"echo ran >> '{_place.File("marks")}'; while [ ! -e '{step}' ]; do sleep 0.1; echo goes on; done; {Makes}");
        Eventually.True(() => Marks == 1, "it runs");
        using Peer waiting = Peer.Procdedup(
            _place, "build", "k", "--stall-timeout-sec", "4", "--", "sh", "-c", $"echo ran >> '{_place.File("marks")}'; while [ ! -e '{step}' ]; do sleep 0.1; echo goes on; done; {Makes}");
        AwaitWaiters(1);
        // Longer than the stall timeout, by the builder's own account: a line comes each tenth of a second at most.
        Eventually.True(() => LinesPrinted >= 50, "the builder has printed fifty lines");
        File.WriteAllText(step, "");
        Assert.Equal(0, slow.Finish().Code);
        (int code, _, string errors) = waiting.Finish();
        Assert.Equal(0, code);
        Assert.DoesNotContain("no progress", errors, StringComparison.Ordinal);
        Assert.Equal(1, Marks);
    }

    [Theory]
    [InlineData("true", "made nothing")]
    [InlineData("rm -r \"$PROCESSDEDUP_OUT\"", "removed or replaced")]
    [InlineData("rm -r \"$PROCESSDEDUP_OUT\"; ln -s /etc \"$PROCESSDEDUP_OUT\"", "removed or replaced")]
    [InlineData("echo x > \"$PROCESSDEDUP_OUT/x\"; echo y > \"$PROCESSDEDUP_OUT/../y\"", "outside its directory")]
    [InlineData("ln -s /etc/passwd \"$PROCESSDEDUP_OUT/x\"", "absolute")]
    [InlineData("mkfifo \"$PROCESSDEDUP_OUT/x\"", "pipe")]
    [InlineData("exec 3> \"$PROCESSDEDUP_OUT/x\"; sleep 60 >&3 2>&1 & echo $! > \"$PROCESSDEDUP_HOME/../sleeper\"", "still open for writing: 'x' by PID")]
    public void What_is_unfit_to_be_published_is_not_published(string script, string told)
    {
        (int code, string output, string errors) = Run("build", "k", "--", "sh", "-c", script);
        Assert.NotEqual(0, code);
        Assert.Equal("", output);
        Assert.Contains(told, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("should not have happened", errors, StringComparison.Ordinal);
        Assert.Equal("There are no such artifacts.", Run("artifact", "list").Output);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_place.Home, "tmp")));
        if (File.Exists(_place.File("sleeper")))
            Peer.Signal(int.Parse(File.ReadAllText(_place.File("sleeper")), CultureInfo.InvariantCulture), "KILL");
    }

    [Fact]
    public void Secrets_that_a_failing_command_prints_are_neither_kept_nor_told_to_others()
    {
        (int code, _, string errors) = Run(
            "build", "k", "--", "sh", "-c",
            "echo cc -pthread main.c: error 7, password=hunter2 AWS_SECRET_ACCESS_KEY=hunter2 https://ci:hunter2@host/x?sig=hunter2 >&2; exit 3");
        Assert.Equal(69, code);
        string told = errors.Substring(errors.IndexOf("It had printed", StringComparison.Ordinal));
        Assert.Contains("cc -pthread main.c: error 7,", told, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", told, StringComparison.Ordinal);
        string record = File.ReadAllText(Assert.Single(Directory.GetFiles(Path.Combine(_place.Home, "fail"))));
        Assert.DoesNotContain("hunter2", record, StringComparison.Ordinal);
    }

    [Fact]
    public void Commands_whose_words_are_cut_elsewhere_are_two_commands()
    {
        string[] Words(params string[] last) => ["build", "k", "--", "sh", "-c", "echo \"$0\" > \"$PROCESSDEDUP_OUT/x\"", .. last];
        string one = Run(Words("a\nb")).Output, other = Run(Words("a", "b")).Output;
        Assert.Equal(("a\nb\n", "a\n"), (File.ReadAllText(Path.Combine(one, "x")), File.ReadAllText(Path.Combine(other, "x"))));
    }

    [Fact]
    public void Keys_that_differ_only_in_case_are_two_artifacts()
    {
        Assert.Equal(0, Run("build", "Tools", "--", "sh", "-c", Makes).Code);
        (int code, string output, _) = Run("artifact", "restore", "tools");
        Assert.Equal((66, ""), (code, output));
    }

    [Theory]
    [InlineData("build", "k")]
    [InlineData("build", "k", "--")]
    [InlineData("build", "--no-such", "--", "true")]
    [InlineData("build", "k", "--read-only", "--", "true")]
    [InlineData("build", "", "--", "true")]
    [InlineData("artifact")]
    [InlineData("artifact", "save", "k")]
    [InlineData("artifact", "restore", "k", "--stall-timeout-sec", "-1")]
    [InlineData("artifact", "save", "k", "--no-such")]
    public void Wrong_usage_is_told(params string[] arguments)
    {
        (int code, string output, string errors) = Run(arguments);
        Assert.Equal(64, code);
        Assert.DoesNotContain("should not", errors, StringComparison.Ordinal);
        Assert.True(output.Length == 0 || arguments.Length == 1, output);
    }
}
