using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Store;
using Xunit;

namespace ProcessDedup.Tests.Store;

/// <summary>Which entries a prune chooses, and in which order.</summary>
public sealed class PruneSelectionTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private static CachedItem Item(
        string key, double hoursUnused, long size = 10, string? digest = null, bool inUse = false, string source = "http://h/x") => new()
        {
            Key = key,
            Digest = "sha256:" + (digest ?? key),
            Size = size,
            Source = source,
            LastUsedAt = Now - TimeSpan.FromHours(hoursUnused),
            IsInUse = inUse,
        };

    private static string Chosen(PruneSelection selection, params CachedItem[] items) =>
        Keys(selection.Choose(items, Now).Candidates);

    private static string Keys(IEnumerable<CachedItem> items) => string.Join(' ', items.Select(i => i.Key));

    [Fact]
    public void Nothing_is_chosen_where_nothing_is_asked_for()
    {
        var selection = new PruneSelection();
        Assert.True(selection.IsEmpty);
        Assert.Equal("", Chosen(selection, Item("a", 1000)));
    }

    [Fact]
    public void The_old_are_chosen_by_their_last_use_the_least_recently_used_first() => Assert.Equal(
        "c a", Chosen(new PruneSelection { OlderThan = TimeSpan.FromHours(2) }, Item("a", 2), Item("b", 1.9), Item("c", 3)));

    [Fact]
    public void Age_zero_chooses_everything_even_what_was_used_in_the_future() => Assert.Equal(
        "a b", Chosen(new PruneSelection { OlderThan = TimeSpan.Zero }, Item("a", 0), Item("b", -5)));

    [Fact]
    public void The_longest_age_there_is_chooses_nothing() => Assert.Equal(
        "", Chosen(new PruneSelection { OlderThan = TimeSpan.MaxValue }, Item("a", 100_000)));

    [Theory]
    [InlineData(30, "")]
    [InlineData(29, "c")]
    [InlineData(20, "c")]
    [InlineData(19, "c a")]
    [InlineData(0, "c a b")]
    public void The_least_recently_used_go_until_the_cache_is_small_enough(long most, string expected) => Assert.Equal(
        expected, Chosen(new PruneSelection { MaxSize = most }, Item("a", 2), Item("b", 1), Item("c", 3)));

    [Fact]
    public void Content_counts_once_and_goes_with_all_its_entries_by_the_latest_use_of_any()
    {
        CachedItem[] items = [Item("a1", 9, digest: "a"), Item("a2", 1, digest: "a"), Item("b", 5), Item("c", 3)];
        Assert.Equal("", Chosen(new PruneSelection { MaxSize = 30 }, items));
        Assert.Equal("b c", Chosen(new PruneSelection { MaxSize = 10 }, items));
        Assert.Equal("a1 b c a2", Chosen(new PruneSelection { MaxSize = 0 }, items));
    }

    [Fact]
    public void Content_that_another_entry_needs_which_is_not_meant_stays()
    {
        CachedItem[] items = [Item("a1", 9, digest: "a"), Item("b2", 8, digest: "a"), Item("a3", 1)];
        Assert.Equal("a3", Chosen(new PruneSelection { MaxSize = 0, Keys = ["a"] }, items));
    }

    [Fact]
    public void What_is_in_use_stays_and_is_told_and_others_go_in_its_place()
    {
        CachedItem[] items = [Item("a", 9, inUse: true), Item("b", 5), Item("c", 1)];
        PruneChoice choice = new PruneSelection { MaxSize = 20 }.Choose(items, Now);
        Assert.Equal(("b", "a"), (Keys(choice.Candidates), Keys(choice.InUse)));
        choice = new PruneSelection { OlderThan = TimeSpan.FromHours(2), MaxSize = 10 }.Choose(items, Now);
        Assert.Equal(("b c", "a"), (Keys(choice.Candidates), Keys(choice.InUse)));
    }

    [Fact]
    public void What_is_in_use_still_counts_when_it_is_old()
    {
        // 20 bytes stay, as "a" cannot go: "c" has to.
        CachedItem[] items = [Item("a", 9, inUse: true), Item("c", 1)];
        Assert.Equal("c", Chosen(new PruneSelection { OlderThan = TimeSpan.FromHours(2), MaxSize = 10 }, items));
    }

    [Fact]
    public void Keys_by_their_beginning_and_sources_choose_together_and_age_among_them()
    {
        CachedItem[] items =
        [
            Item("aa1", 9), Item("bb1", 8, source: "http://other/y"), Item("cc1", 7), Item("aa2", 1),
        ];
        var selection = new PruneSelection { Keys = ["AA"], Source = source => source.Contains("other", StringComparison.Ordinal) };
        Assert.Equal("aa1 bb1 aa2", Chosen(selection, items));
        selection = selection with { OlderThan = TimeSpan.FromHours(2) };
        Assert.Equal("aa1 bb1", Chosen(selection, items));
    }

    [Fact]
    public void An_empty_key_chooses_nothing() => Assert.Equal("", Chosen(new PruneSelection { Keys = [""] }, Item("a", 9)));

    [Fact]
    public void An_answer_without_content_takes_no_room_and_goes_by_age_alone()
    {
        CachedItem answer = Item("ref", 9, size: 0) with { Digest = null };
        Assert.Equal("", Chosen(new PruneSelection { MaxSize = 0 }, answer));
        Assert.Equal("ref", Chosen(new PruneSelection { OlderThan = TimeSpan.FromHours(1) }, answer));
    }

    [Fact]
    public void Bytes_are_freed_when_the_last_entry_of_a_content_goes()
    {
        CachedItem[] items = [Item("a1", 9, digest: "a"), Item("a2", 1, digest: "a"), Item("b", 5, size: 7)];
        Assert.Equal(0, PruneSelection.BytesFreed(items, [items[0]]));
        Assert.Equal(10, PruneSelection.BytesFreed(items, [items[0], items[1]]));
        Assert.Equal(17, PruneSelection.BytesFreed(items, items));
    }

    [Theory]
    [InlineData("*", "", true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("*.zip", "http://h/a.ZIP", true)]
    [InlineData("*.zip", "http://h/a.zip?***", false)]
    [InlineData("http://h/?.zip", "http://h/a.zip", true)]
    [InlineData("http://h/?.zip", "http://h/ab.zip", false)]
    [InlineData("*a*b*c", "xxaxxbxxbc", true)]
    [InlineData("*a*b*c", "xxaxxbxxcb", false)]
    [InlineData("a**", "a", true)]
    [InlineData("http://h/[x]", "http://h/[x]", true)]
    public void Patterns_match_whole_sources(string pattern, string text, bool expected) =>
        Assert.Equal(expected, SourcePattern.IsMatch(pattern, text));

    [Fact]
    public void A_pattern_of_many_stars_is_quick() => Assert.False(SourcePattern.IsMatch(
        string.Concat(Enumerable.Repeat("a*", 200)) + "b", new string('a', 2000)));
}
