using System;
using System.IO;
using System.Linq;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Platform;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Artifacts;

/// <summary>Programs that compare times (make, cargo, ninja, Python) must not take what was restored for newer than its sources.</summary>
public sealed class TreeTimesTests : IDisposable
{
    private static readonly string[] Items = ["", "obj", "obj/main.o", "obj/empty", "link", "old"];

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private ArtifactCache Cache => ArtifactCache.Open(_place.Root);

    private string MakeTree(string name, string date)
    {
        string tree = _place.NewDirectory(name);
        Directory.CreateDirectory(Path.Combine(tree, "obj/empty"));
        File.WriteAllText(Path.Combine(tree, "obj/main.o"), "object");
        File.WriteAllText(Path.Combine(tree, "old"), "before the epoch");
        Links.ToFile(Path.Combine(tree, "link"), "obj/main.o");
        Run("sh", "-c", $"""
            cd '{tree}'
            touch -d '{date}.123456789 UTC' obj/main.o
            touch -d '1969-07-20 20:17:40.000000001 UTC' old
            touch -h -d '{date}.5 UTC' link
            touch -d '{date}.25 UTC' obj/empty
            touch -d '{date}.999999999 UTC' obj
            touch -d '{date} UTC' .
            """);
        return tree;
    }

    private void Run(string program, params string[] arguments)
    {
        using Peer peer = Peer.Run(_place, program, arguments);
        (int code, string output, string errors) = peer.Finish();
        Assert.True(code == 0, output + errors);
    }

    private static long[] TimesOf(string tree) =>
        [.. Items.Select(item => FileSystem.TryGetFacts(Path.Combine(tree, item).TrimEnd('/'), out FileFacts facts) ? facts.ModifiedNanoseconds : -1)];

    private static ArtifactRequest Want(string name, string? destination = null, bool readOnly = false) =>
        new(ArtifactKey.Of(name)) { Destination = destination, ReadOnly = readOnly };

    [Fact]
    public void A_restored_tree_has_its_times_to_the_nanosecond()
    {
        string tree = MakeTree("tree", "2024-02-29 12:34:56");
        long[] times = TimesOf(tree);
        Assert.Equal(123_456_789, times[2] % 1_000_000_000);
        Cache.Save(Want("k"), tree);
        Cache.Restore(Want("k", _place.File("out")));
        Assert.Equal(times, TimesOf(_place.File("out")));
        // The tree is there already, copied by a program that keeps no times.
        Run("cp", "-r", "-P", tree, _place.File("there"));
        Cache.Restore(Want("k", _place.File("there")));
        Assert.Equal(times, TimesOf(_place.File("there")));
    }

    [Fact]
    public void Equal_trees_of_two_artifacts_have_one_digest_and_each_its_own_times()
    {
        string early = MakeTree("early", "2024-01-01 00:00:00"), late = MakeTree("late", "2025-01-01 00:00:00");
        Assert.Equal(Cache.Save(Want("late"), late).Digest, Cache.Save(Want("early"), early).Digest);
        Cache.Restore(Want("early", _place.File("a")));
        Cache.Restore(Want("late", _place.File("b")));
        Assert.Equal((TimesOf(early)[2], TimesOf(late)[2]), (TimesOf(_place.File("a"))[2], TimesOf(_place.File("b"))[2]));
    }

    [Fact]
    public void Hard_links_have_the_time_of_the_store_and_directories_their_own()
    {
        string first = MakeTree("first", "2024-01-01 00:00:00"), second = MakeTree("second", "2025-01-01 00:00:00");
        string stored = Cache.Save(Want("first"), first).Path!;
        Cache.Save(Want("second"), second);
        Cache.Restore(Want("second", _place.File("out"), readOnly: true));
        long[] times = TimesOf(_place.File("out"));
        Assert.Equal(TimesOf(stored)[2], times[2]);
        Assert.Equal((TimesOf(second)[1], TimesOf(second)[4]), (times[1], times[4]));
    }

    [Fact]
    public void Times_that_are_lost_are_those_of_the_store()
    {
        string tree = MakeTree("tree", "2024-02-29 12:34:56");
        Cache.Save(Want("k"), tree);
        Directory.Delete(Path.Combine(_place.Home, "times"), recursive: true);
        Cache.Restore(Want("k", _place.File("out")));
        Assert.Equal(TimesOf(tree)[2], TimesOf(_place.File("out"))[2]);
    }

    [Fact]
    public void Times_travel_with_what_is_published_and_a_single_file_has_its_own()
    {
        string tree = MakeTree("tree", "2024-02-29 12:34:56");
        ArtifactKey key = ArtifactKey.Of("k"), file = ArtifactKey.Of("file");
        Cache.Save(Want("k"), tree);
        Cache.Save(Want("file"), Path.Combine(tree, "obj/main.o"));
        Cache.Publish(key, _place.File("other"), null, new(), new FetchActivity());
        Cache.Publish(file, _place.File("other"), null, new(), new FetchActivity());
        using var elsewhere = new TestDirectory();
        ArtifactCache there = ArtifactCache.Open(elsewhere.Root);
        ArtifactRequest From(ArtifactKey k, string to) =>
            new(k) { Destination = to, Substituters = new() { Addresses = [_place.File("other")] } };
        there.Restore(From(key, elsewhere.File("out")));
        there.Restore(From(file, elsewhere.File("main.o")));
        Assert.Equal(TimesOf(tree), TimesOf(elsewhere.File("out")));
        Assert.True(FileSystem.TryGetFacts(elsewhere.File("main.o"), out FileFacts facts));
        Assert.Equal(TimesOf(tree)[2], facts.ModifiedNanoseconds);
    }

    [Fact]
    public void Make_does_not_ship_yesterdays_program()
    {
        Assert.SkipWhen(Programs.Find("make") is null, "make is not installed");
        string project = _place.NewDirectory("project");
        File.WriteAllText(Path.Combine(project, "Makefile"), "obj/program: main.c\n\tmkdir -p obj\n\tcp main.c obj/program\n");
        File.WriteAllText(Path.Combine(project, "main.c"), "yesterday");
        Run("make", "-C", project);
        Cache.Save(Want("obj"), Path.Combine(project, "obj"));
        Directory.Delete(Path.Combine(project, "obj"), recursive: true);
        // Changed after it was built, and before it is restored.
        File.WriteAllText(Path.Combine(project, "main.c"), "today");
        Cache.Restore(Want("obj", Path.Combine(project, "obj")));
        Assert.Equal("yesterday", File.ReadAllText(Path.Combine(project, "obj/program")));
        Run("make", "-C", project);
        Assert.Equal("today", File.ReadAllText(Path.Combine(project, "obj/program")));
        // And what has not changed is not built again.
        Cache.Save(Want("again"), Path.Combine(project, "obj"));
        Directory.Delete(Path.Combine(project, "obj"), recursive: true);
        Cache.Restore(Want("again", Path.Combine(project, "obj")));
        Run("make", "-q", "-C", project);
    }
}
