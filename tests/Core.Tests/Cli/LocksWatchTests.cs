using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>What <c>procdedup locks --watch</c> shows, in a terminal and in a pipe.</summary>
public sealed class LocksWatchTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void In_a_pipe_a_picture_comes_when_something_has_changed()
    {
        using Peer watch = Peer.Procdedup(_place, "locks", "busy", "--watch", "--interval-sec", "0.1");
        Assert.EndsWith("every 0.1 s; Ctrl+C ends it", watch.Read("the title"), StringComparison.Ordinal);
        watch.Await("NAME");
        Assert.Equal("busy  free", watch.Read("the lock").TrimEnd());
        using Peer holder = Peer.Locker(_place, "hold", "busy", "--reason", "compiling").Expect("HELD");
        List<string> seen = [];
        void ReadTo(string beginning, string end)
        {
            do
                seen.Add(watch.Read(beginning + "…" + end));
            while (!seen[^1].StartsWith(beginning, StringComparison.Ordinal) || !seen[^1].TrimEnd().EndsWith(end, StringComparison.Ordinal));
        }

        // The reason is told a moment after the lock is taken: in the next picture, or in this one if that comes late.
        ReadTo("busy  held", "compiling");
        holder.Say("end");
        holder.Expect("RELEASED");
        ReadTo("busy  free", "free");
        watch.Signal("INT");
        (int code, string rest, string errors) = watch.Finish();
        Assert.Equal((130, ""), (code, errors));
        Assert.DoesNotContain('\u001b', string.Join('\n', seen) + rest);
        // It was held for several looks: the time that passed made no new picture.
        Assert.Equal(1, seen.Count(line => line.Contains("compiling", StringComparison.Ordinal)));
        Assert.DoesNotContain("busy", rest, StringComparison.Ordinal);
    }

    [Fact]
    public void In_a_terminal_it_is_painted_over_until_Ctrl_C_and_the_cursor_comes_back()
    {
        Assert.SkipWhen(Programs.Find("script") is null, "script (util-linux) is not installed");
        using Peer watch = Peer.Run(
            _place, "env", "TERM=xterm", "script", "-qec", $"stty cols 70 rows 12; exec {Programs.Procdedup} locks busy --watch --interval-sec 0.1", "/dev/null");
        watch.Await("busy  free");
        using Peer holder = Peer.Locker(_place, "hold", "busy").Expect("HELD");
        List<string> seen = [];
        do
            seen.Add(watch.Read("held"));
        while (!seen[^1].StartsWith("busy  held", StringComparison.Ordinal));
        watch.Say("\u0003");
        (int code, string output, _) = watch.Finish();
        Assert.Equal(130, code);
        Assert.Contains(seen, line => line.Contains("\u001b[3A", StringComparison.Ordinal));
        // The last picture stays: what was painted last is one, below which is cleared, and then the cursor comes back.
        string all = string.Join('\n', seen) + "\n" + output;
        int end = all.LastIndexOf("\u001b[J", StringComparison.Ordinal);
        Assert.Contains("busy  held", all[all.LastIndexOf("\u001b[3A", StringComparison.Ordinal)..end], StringComparison.Ordinal);
        Assert.Contains("\u001b[?25h", all[end..], StringComparison.Ordinal);
    }

    [Fact]
    public void It_ends_with_its_reader_and_not_only_with_the_next_look()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no sh");
        using Peer both = Peer.Run(
            _place, "sh", "-c", "{ \"$PROCDEDUP\" locks --watch --interval-sec 3600; echo \"code $?\" >&2; } | head -n 1");
        Assert.Contains("Ctrl+C", both.Read("the title"), StringComparison.Ordinal);
        Assert.Equal((0, "", "code 0"), both.Finish() is var (code, rest, errors) ? (code, rest, errors.Trim()) : default);
    }

    [Fact]
    public void Watching_and_json_exclude_each_other()
    {
        using Peer watch = Peer.Procdedup(_place, "locks", "--watch", "--json");
        Assert.Equal(64, watch.Finish().Code);
        using Peer look = Peer.Procdedup(_place, "locks", "--interval-sec", "1");
        Assert.Equal(64, look.Finish().Code);
    }
}
