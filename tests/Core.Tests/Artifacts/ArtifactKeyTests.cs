using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Artifacts;

/// <summary>What makes two artifacts one, and one two.</summary>
public sealed class ArtifactKeyTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private static string Of(string name, string? recipe = null, params object?[] parameters) =>
        ArtifactKey.Of(name, [], recipe, parameters).Fingerprint;

    private string Inputs(params string[] patterns) =>
        ArtifactKey.Of("k", ArtifactInputs.Read(_place.Path, patterns)).Fingerprint;

    private void Write(string name, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_place.File(name))!);
        File.WriteAllText(_place.File(name), content);
    }

    [Fact]
    public void Everything_that_the_artifact_depends_on_makes_another_key()
    {
        string[] keys =
        [
            Of("k"), Of("K"), Of("k "), Of("k", ""), Of("k", "make"), Of("k", "make "), Of("k", null, "make"), Of("k", null, 1), Of("k", null, "1"),
            Of("k", null, true), Of("k", null, "true"), Of("k", null, [null]), Of("k", null, 1, 2), Of("k", null, "1,2"),
            Of("k", null, (object)new object[] { 1, 2 }), Of("k", null, (object)new object[] { new object[] { 1 }, 2 }), Of("k", null, 1.5), Of("k", null, "a\"b"),
            Of("k", null, "a\\\"b"), ArtifactKey.Of("k", isForAnyPlatform: true).Fingerprint,
        ];
        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.All(keys, k => Assert.True(ArtifactKey.IsFingerprint(k)));
    }

    [Fact]
    public void What_only_looks_different_is_the_same()
    {
        Assert.Equal(Of("k", "a\nb"), Of("k", "a\r\nb"));
        var one = new Dictionary<string, object?> { ["a"] = 1, ["b"] = new[] { "x" } };
        var other = new Dictionary<string, object?> { ["b"] = new List<string> { "x" }, ["a"] = 1L };
        Assert.Equal(Of("k", null, one), Of("k", null, other));
    }

    [Fact]
    public void A_fingerprint_is_taken_as_it_is()
    {
        ArtifactKey key = ArtifactKey.Of(Of("k"), recipe: "anything");
        Assert.Equal(Of("k"), key.Fingerprint);
        Assert.Equal(FetchError.ArtifactKeyInvalid, Assert.Throws<FetchException>(() => Of(Of("k"), null, 1)).Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a\nb")]
    [InlineData("a\u001b[31mb")]
    public void Names_that_cannot_be_shown_are_refused(string name)
    {
        FetchException failure = Assert.Throws<FetchException>(() => Of(name));
        Assert.Equal(FetchError.ArtifactKeyInvalid, failure.Error);
        Assert.DoesNotContain('\u001b', failure.Message);
        Assert.Equal(FetchError.ArtifactKeyInvalid, Assert.Throws<FetchException>(() => Of(new string('x', 501))).Error);
    }

    [Fact]
    public void A_parameter_that_nobody_can_compare_is_refused()
    {
        Assert.Contains("Random", Assert.Throws<FetchException>(() => Of("k", null, new Random())).Message, StringComparison.Ordinal);
        var circle = new List<object?>();
        circle.Add(circle);
        Assert.Contains("nested", Assert.Throws<FetchException>(() => Of("k", null, circle)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Inputs_count_by_name_and_content_and_not_by_time_or_place()
    {
        Write("a.txt", "one");
        string before = Inputs("a.txt");
        File.SetLastWriteTimeUtc(_place.File("a.txt"), DateTime.UtcNow.AddDays(-1));
        Assert.Equal(before, Inputs("a.txt"));
        Assert.Equal(before, Inputs("./a.txt"));
        Assert.Equal(before, Inputs(_place.File("a.txt")));
        Assert.Equal(before, Inputs("a.txt", "*.txt"));
        Write("elsewhere/a.txt", "one");
        Assert.Equal(before, ArtifactKey.Of("k", ArtifactInputs.Read(_place.File("elsewhere"), ["a.txt"])).Fingerprint);
        Assert.NotEqual(before, Inputs("elsewhere/a.txt"));
        Write("a.txt", "two");
        Assert.NotEqual(before, Inputs("a.txt"));
        File.Move(_place.File("a.txt"), _place.File("b.txt"));
        Assert.NotEqual(before, Inputs("b.txt"));
    }

    [Fact]
    public void Patterns_and_directories_find_what_people_expect()
    {
        Write("src/a.c", "a");
        Write("src/deep/er/b.c", "b");
        Write("src/deep/c.h", "c");
        Write("we ird/ünï [1].c", "d");
        Assert.Equal(["src/a.c", "src/deep/er/b.c"], Names("src/**/*.c"));
        Assert.Equal(["src/a.c"], Names("src/*.c"));
        Assert.Equal(["src/a.c", "src/deep/c.h", "src/deep/er/b.c"], Names("src"));
        Assert.Equal(["we ird/ünï [1].c"], Names("we ird/ünï [1].c"));
        Assert.Equal(["/c.h"], ArtifactInputs.Read(_place.File("src/deep/er"), ["../c.h"]).Select(i => i.Name));
        Assert.Equal(["/c.h"], ArtifactInputs.Read(_place.File("src/deep/er"), ["../*.h"]).Select(i => i.Name));
        Write("a*b", "star");
        Write("aXb", "no star");
        Assert.Equal(["a*b"], Names("a*b"));
    }

    [Fact]
    public void Inputs_elsewhere_that_have_one_name_count_all()
    {
        Write("one/a.h", "1");
        Write("two/a.h", "2");
        Directory.CreateDirectory(_place.File("here"));
        string Key(params string[] patterns) => ArtifactKey.Of("k", ArtifactInputs.Read(_place.File("here"), patterns)).Fingerprint;
        var keys = new List<string> { Key("../one/a.h", "../two/a.h"), Key("../one", "../two") };
        Write("one/a.h", "changed");
        keys.AddRange([Key("../one/a.h", "../two/a.h"), Key("../one", "../two")]);
        Write("one/a.h", "2");
        Write("two/a.h", "1");
        keys.AddRange([Key("../one/a.h", "../two/a.h"), Key("../one", "../two")]);
        Assert.Equal(keys.Count, keys.Distinct().Count());
        Assert.Equal(Key("../one", "../two"), Key("../two", "../one", "../one/a.h"));
        // Below a directory the way to a file counts, there as here.
        Assert.Equal(["/one/a.h"], ArtifactInputs.Read(_place.File("here"), ["../one"]).Select(i => i.Name));
        Assert.Equal(["/one/a.h", "/two/a.h"], ArtifactInputs.Read(_place.File("here"), ["../**/*.h"]).Select(i => i.Name));
    }

    [Fact]
    public void Links_count_by_where_they_lead_and_are_not_followed_in_circles()
    {
        Write("d/a", "a");
        Links.ToFile(_place.File("d/circle"), "../d");
        Links.ToFile(_place.File("d/nowhere"), "gone");
        string before = Inputs("d");
        Assert.Equal(["d/a", "d/circle", "d/nowhere"], Names("d"));
        Assert.Equal(["d/a"], Names("d/**/a"));
        File.Delete(_place.File("d/nowhere"));
        Links.ToFile(_place.File("d/nowhere"), "elsewhere");
        Assert.NotEqual(before, Inputs("d"));
    }

    [Theory]
    [InlineData("gone.txt")]
    [InlineData("*.gone")]
    [InlineData("gone/**/*.c")]
    [InlineData("empty")]
    [InlineData("")]
    public void An_input_that_is_not_there_is_an_error(string pattern)
    {
        Directory.CreateDirectory(_place.File("empty"));
        Assert.Equal(FetchError.BuildInputMissing, Assert.Throws<FetchException>(() => Inputs(pattern)).Error);
    }

    [Fact]
    public void An_input_that_may_not_be_read_is_an_error()
    {
        File.WriteAllText(_place.File("fifo-beside"), "x");
        using (Peer mkfifo = Peer.Run(_place, "mkfifo", _place.File("pipe")))
            mkfifo.Finish();
        Assert.Equal(FetchError.FetchAccessDenied, Assert.Throws<FetchException>(() => Inputs("pipe")).Error);
    }

    private IEnumerable<string> Names(string pattern) => ArtifactInputs.Read(_place.Path, [pattern]).Select(i => i.Name);
}
