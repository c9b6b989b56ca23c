using System;
using System.Collections.Generic;
using ProcessDedup.Locks;
using Xunit;

namespace ProcessDedup.Tests.Holders;

/// <summary>The table of locks: aligned, within the window, and whole where there is none.</summary>
public sealed class LockPictureTests
{
    private static readonly LockHolder Long = new()
    {
        ProcessId = 4711,
        CommandLine = "pwsh -File build.ps1",
        Host = Environment.MachineName,
        Since = DateTimeOffset.Now.AddHours(-3),
        Reason = "Übergrößenträger 日本語の 🔒 " + new string('x', 200),
        Progress = "3 of 4",
    };

    private static readonly IReadOnlyList<LockStatus> All =
    [
        new() { Name = "free one" },
        new() { Name = new string('n', 100), State = LockState.Exclusive, Holders = [Long], Waiters = [new(), new()] },
        new() { Name = "日本語", State = LockState.Shared, Holders = [Long, new LockHolder(), Long with { Host = "agent7" }] },
        new() { Name = "", State = LockState.Free, CrashedHolder = Long, Coordinator = "db" },
    ];

    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(120)]
    public void Lines_fit_and_columns_are_aligned(int width)
    {
        IReadOnlyList<string> lines = LockPicture.Lines(All, width);
        Assert.Equal(1 + 1 + 1 + 3 + 1, lines.Count);
        Assert.All(lines, line => Assert.True(CellText.Width(line) <= width, line));
        int state = lines[0].IndexOf("STATE", StringComparison.Ordinal);
        Assert.Equal(state, CellText.Width(lines[2][..lines[2].IndexOf(" held ", StringComparison.Ordinal)]) + 1);
        Assert.Equal(state, CellText.Width(lines[3][..lines[3].IndexOf("shared by 3", StringComparison.Ordinal)]));
        Assert.Contains("…", lines[2], StringComparison.Ordinal);
        if (width >= 80)
            Assert.Contains("pwsh (PID 4711)", lines[2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(40, "procdedup (PID 14572)")]
    [InlineData(21, "procdedup (PID 14572)")]
    [InlineData(20, "procded… (PID 14572)")]
    [InlineData(15, "pr… (PID 14572)")]
    [InlineData(14, "PID 14572")]
    [InlineData(9, "PID 14572")]
    [InlineData(7, "PID…572")]
    public void A_holder_keeps_its_PID_rather_than_its_program(int cells, string expected) =>
        Assert.Equal(expected, LockText.Holder(new LockHolder { ProcessId = 14572, CommandLine = "procdedup lock x -- make" }, cells));

    [Theory]
    [InlineData(120, "database-migration-of-the-shop  2 of 3 slots  2 h 30 min        1  procdedup (PID 14572)  procdedup lock …- ./install.sh")]
    [InlineData(110, "database-migr…-of-the-shop  2 of 3 slots  2 h 30 min        1  procdedup (PID 14572)  procdedup lo…/install.sh")]
    [InlineData(100, "database-mig…of-the-shop  2 of 3 slots  2 h 30 min        1  procdedup (PID 14572)  procdedu…tall.sh")]
    [InlineData(90, "database-mi…f-the-shop  2 of 3 slots  2 h 30 min        1  proc… (PID 14572)  procde…ll.sh")]
    [InlineData(80, "databa…-shop  2 of 3 slots  2 h 30 min        1  proc… (PID 14572)  procde…ll.sh")]
    [InlineData(70, "data…hop  2 of 3 slots  2 h 30 min        1  proc… (PID 14572)  pro…sh")]
    public void Of_each_column_something_is_left(int width, string expected)
    {
        LockHolder holder = new() { ProcessId = 14572, CommandLine = "procdedup lock tools -- ./install.sh", Since = DateTimeOffset.Now.AddMinutes(-150) };
        LockStatus held = new() { Name = "database-migration-of-the-shop", State = LockState.Slots, Slots = 3, Holders = [holder, holder], Waiters = [new()] };
        Assert.Equal(expected, LockPicture.Lines([held], width)[1]);
    }

    [Fact]
    public void Nothing_is_cut_without_a_window()
    {
        IReadOnlyList<string> lines = LockPicture.Lines(All);
        Assert.Contains(new string('n', 100), lines[2], StringComparison.Ordinal);
        Assert.EndsWith(", 3 of 4", lines[2], StringComparison.Ordinal);
        Assert.Contains("pwsh (PID 4711, host agent7)", lines[5], StringComparison.Ordinal);
        Assert.Contains("(fleet)", lines[6], StringComparison.Ordinal);
        Assert.Contains("died holding it", lines[6], StringComparison.Ordinal);
        Assert.Equal(["No locks."], LockPicture.Lines([]));
    }

    [Theory]
    [InlineData("", 8, "")]
    [InlineData("one two three", 8, "one two|three")]
    [InlineData("one  two", 3, "one|two")]
    [InlineData("exactly 8", 9, "exactly 8")]
    [InlineData("in /tmp/some/where/else", 12, "in|/tmp/some/|where/else")]
    [InlineData("abcdefghij", 4, "abcd|efgh|ij")]
    [InlineData("日本語のロック", 4, "日本|語の|ロッ|ク")]
    public void Lines_are_broken_between_words(string text, int cells, string expected) =>
        Assert.Equal(expected, string.Join('|', CellText.Wrap(text, cells)));

    [Theory]
    [InlineData("abc", 3, "abc")]
    [InlineData("/a/long/path/end", 9, "/a/l…/end")]
    [InlineData("日本語日本語", 8, "日本…語")]
    [InlineData("🔒🔒🔒🔒", 5, "🔒…🔒")]
    [InlineData("abc", 1, "…")]
    [InlineData("abc", 0, "")]
    public void The_middle_goes_first(string text, int cells, string expected)
    {
        Assert.Equal(expected, CellText.Shorten(text, cells));
        Assert.True(CellText.Width(CellText.Shorten(text, cells)) <= cells);
    }
}
