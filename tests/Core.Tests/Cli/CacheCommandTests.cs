using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using ProcessDedup.Fetch;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>procdedup cache: what is there, is it sound, and away with what is old or too much.</summary>
public sealed class CacheCommandTests : IDisposable
{
    private const UnixFileMode Writable = (UnixFileMode)0x1a4; // 0644

    private readonly TestDirectory _place = new();
    private readonly Origin _origin = new();

    public void Dispose()
    {
        _origin.Dispose();
        _place.Dispose();
    }

    private (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        using Peer procdedup = Peer.Procdedup(_place, arguments);
        procdedup.EndInput();
        return procdedup.Finish();
    }

    private string RunWell(params string[] arguments)
    {
        (int code, string output, string errors) = Run(arguments);
        Assert.Equal((0, ""), (code, errors));
        return output;
    }

    private string[] Cache(params string[] arguments) => RunWell(["cache", .. arguments]).Split('\n');

    private JsonElement[] List(params string[] arguments) =>
        [.. JsonDocument.Parse(RunWell(["cache", "list", "--json", .. arguments])).RootElement.EnumerateArray()];

    /// <summary>Fetches by a shell that has ended afterwards: nobody uses it any more.</summary>
    private string FetchAndEnd(string url, params string[] arguments)
    {
        // Two commands, or the shell becomes procdedup and the test is its parent.
        using Peer shell = Peer.Run(_place, "sh", ["-c", "\"$PROCDEDUP\" fetch \"$@\"; code=$?; exit $code", "sh", url, .. arguments]);
        (int code, string output, string errors) = shell.Finish();
        Assert.Equal((0, ""), (code, errors));
        return output;
    }

    private string Serve(string path, int size = 1000)
    {
        byte[] body = new byte[size];
        Encoding.UTF8.GetBytes(path).CopyTo(body, 0);
        return _origin.Serve(path, body);
    }

    /// <summary>Makes it look as if it had not been used for so long.</summary>
    private void Age(string url, double hours)
    {
        string key = List(url)[0].GetProperty("key").GetString()!;
        string file = Directory.EnumerateFiles(_place.Home, key + ".json", SearchOption.AllDirectories).Single();
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow - TimeSpan.FromHours(hours));
    }

    private string[] Sources() => [.. List().Select(item => item.GetProperty("source").GetString()!).Order(StringComparer.Ordinal)];

    [Fact]
    public void An_empty_cache_has_nothing_to_tell()
    {
        Assert.Equal(["Nothing is cached."], Cache("list"));
        Assert.Empty(List());
        Assert.Equal(["0 sound, 0 broken or missing."], Cache("verify"));
        Assert.Equal(["0 removed (0 B), 0 left."], Cache("prune"));
        Assert.Equal(["Nothing was asked for."], Cache("stats"));
    }

    [Fact]
    public void List_tells_what_whence_how_large_how_often_and_by_whom()
    {
        string one = Serve("/One.bin"), two = Serve("/two.bin", 2_000_000);
        FetchAndEnd(one);
        FetchAndEnd(one, "--max-age-sec", "60");
        string path = FetchAndEnd(two);
        string[] lines = Cache("list");
        Assert.Equal(["SOURCE", "KIND", "SIZE", "AGE", "USED", "HITS", "MADE", "BY"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Matches(@"/One\.bin +http +1 kB +\S+ s +\S+ s +1 +\S+ on \S+ \(PID \d+\)$", lines.Single(l => l.Contains("/One.bin", StringComparison.Ordinal)));
        Assert.Equal("2 entries, 2 MB.", lines[^1]);

        JsonElement item = Assert.Single(List("*/TWO.?in"));
        Assert.Equal(two, item.GetProperty("source").GetString());
        Assert.Equal(path, item.GetProperty("path").GetString());
        Assert.Equal(2_000_000, item.GetProperty("size").GetInt64());
        Assert.Equal(Environment.UserName, item.GetProperty("maker").GetProperty("user").GetString());
        Assert.False(item.GetProperty("isInUse").GetBoolean());
        Assert.Empty(List("two.bin"));
        Assert.Equal(
            typeof(CachedItem).GetProperties().Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name)).Order(StringComparer.Ordinal),
            item.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Verify_finds_what_was_changed_on_disk_and_the_next_fetch_heals_it()
    {
        string sound = Serve("/sound.bin"), broken = Serve("/broken.bin");
        FetchAndEnd(sound);
        string path = FetchAndEnd(broken, "--json");
        string digest = JsonDocument.Parse(path).RootElement.GetProperty("digest").GetString()![7..];
        path = JsonDocument.Parse(path).RootElement.GetProperty("path").GetString()!;
        byte[] right = File.ReadAllBytes(path);
        Assert.Equal(["2 sound, 0 broken or missing."], Cache("verify"));
        Modes.Set(path, Writable);
        byte[] wrong = [.. right];
        wrong[500] ^= 1;
        File.WriteAllBytes(path, wrong);

        Assert.Equal(["1 sound, 0 broken or missing."], Cache("verify", "*/sound.bin"));
        (int code, string output, string errors) = Run("cache", "verify");
        Assert.Equal((1, ""), (code, errors));
        string[] lines = output.Split('\n');
        Assert.StartsWith($"broken '{broken}': its hash is sha256:", lines[0], StringComparison.Ordinal);
        Assert.Equal("1 sound, 1 broken or missing.", lines[1]);
        string quarantined = lines[0].Split('\'')[^2];
        Assert.Equal(wrong, File.ReadAllBytes(Directory.Exists(quarantined) ? Directory.GetFiles(quarantined)[0] : quarantined));
        Assert.Equal(["1 sound, 0 broken or missing."], Cache("verify"));

        string again = FetchAndEnd(broken, "--sha256", digest, "--max-age-sec", "3600");
        Assert.Equal(right, File.ReadAllBytes(again));
        Assert.Equal(2, _origin.Count("/broken.bin"));
        Assert.Equal(["2 sound, 0 broken or missing."], Cache("verify"));
    }

    [Fact]
    public void Verify_tells_of_content_that_is_gone()
    {
        string url = Serve("/a.bin");
        string digest = JsonDocument.Parse(FetchAndEnd(url, "--json")).RootElement.GetProperty("digest").GetString()![7..];
        foreach (string file in Directory.GetFiles(_place.Home, digest, SearchOption.AllDirectories))
            File.Delete(file);
        (int code, string output, _) = Run("cache", "verify");
        Assert.Equal((1, $"missing '{url}': its content is not there\n0 sound, 1 broken or missing."), (code, output));
        Assert.Equal(1000, new FileInfo(FetchAndEnd(url)).Length);
    }

    [Fact]
    public void Prune_removes_the_old_by_their_last_use_and_says_what_and_how_much()
    {
        string old = Serve("/old.bin", 3000), young = Serve("/young.bin");
        string path = FetchAndEnd(old);
        FetchAndEnd(young);
        Age(old, 30);
        string[] lines = Cache("prune", "--older-than-hours", "24", "--dry-run");
        Assert.Equal([$"would remove '{old}' (http, 3 kB)", "1 would be removed (3 kB), 0 left."], lines);
        Assert.True(File.Exists(path));
        lines = Cache("prune", "--older-than-hours", "24");
        Assert.Equal([$"removed '{old}' (http, 3 kB)", "1 removed (3 kB), 0 left."], lines);
        Assert.Equal([young], Sources());
        Assert.False(File.Exists(path));
        FetchAndEnd(old);
        Assert.Equal(2, _origin.Count("/old.bin"));
    }

    [Fact]
    public void Prune_removes_the_least_recently_used_until_the_cache_is_small_enough()
    {
        string[] urls = [.. Enumerable.Range(1, 4).Select(i => Serve($"/{i}.bin"))];
        for (int i = 0; i < urls.Length; i++)
        {
            FetchAndEnd(urls[i]);
            Age(urls[i], 10 - i);
        }

        Assert.Equal("0 removed (0 B), 0 left.", Cache("prune", "--max-size", "4k")[^1]);
        Assert.Equal("2 removed (2 kB), 0 left.", Cache("prune", "--max-size", "2Ki")[^1]);
        Assert.Equal(urls[2..], Sources());
        Assert.Equal("2 removed (2 kB), 0 left.", Cache("prune", "--max-size", "0")[^1]);
        Assert.Empty(Sources());
    }

    [Fact]
    public void Prune_by_key_and_by_pattern_removes_these_alone()
    {
        string a = Serve("/a.bin"), b = Serve("/b.bin"), c = Serve("/c.bin");
        foreach (string url in new[] { a, b, c })
            FetchAndEnd(url);
        string key = List(a)[0].GetProperty("key").GetString()!;
        Assert.Equal("1 removed (1 kB), 0 left.", Cache("prune", "--key", key[..12])[^1]);
        Assert.Equal([b, c], Sources());
        Assert.Equal("1 removed (1 kB), 0 left.", Cache("prune", "*/B.*")[^1]);
        Assert.Equal([c], Sources());
        Assert.Equal("0 removed (0 B), 0 left.", Cache("prune", "nothing*")[^1]);
        Assert.Equal("0 removed (0 B), 0 left.", Cache("prune")[^1]);
        Assert.Equal([c], Sources());
    }

    [Fact]
    public void What_a_living_process_was_given_stays_until_it_ends()
    {
        string url = Serve("/a.bin");
        using Peer shell = Peer.Run(
            _place, "sh", "-c", "path=$(\"$PROCDEDUP\" fetch \"$1\"); echo \"$path\"; read go; cat \"$path\" | wc -c", "sh", url);
        string path = shell.Read("the path");
        Assert.True(List()[0].GetProperty("isInUse").GetBoolean());
        Assert.Contains("  now  ", Cache("list")[1], StringComparison.Ordinal);
        foreach (string[] choice in new[] { ["--older-than-hours", "0"], ["--max-size", "0"], new[] { "*" } })
        {
            Assert.Equal(
                [$"left '{url}': a living process uses it", "0 removed (0 B), 1 left."],
                Cache(["prune", .. choice]));
        }

        shell.Say("go");
        Assert.Equal("1000", shell.Read("the length").Trim());
        Assert.Equal(0, shell.Finish().Code);
        Assert.Equal("1 removed (1 kB), 0 left.", Cache("prune", "*")[^1]);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Only_one_prune_runs_at_a_time()
    {
        using (CachePrune prune = FetchCache.Open(_place.Root).BeginPrune())
        {
            (int code, string output, string errors) = Run("cache", "prune", "*");
            Assert.Equal((75, ""), (code, output));
            Assert.StartsWith("procdedup: ", errors, StringComparison.Ordinal);
            Cache("prune", "*", "--dry-run");
        }

        Cache("prune", "*");
    }

    [Fact]
    public void Stats_count_answers_and_what_they_saved()
    {
        string url = Serve("/a.bin");
        FetchAndEnd(url);
        FetchAndEnd(url, "--max-age-sec", "60");
        FetchAndEnd(url, "--max-age-sec", "60");
        JsonElement stats = JsonDocument.Parse(string.Join('\n', Cache("stats", "--json"))).RootElement;
        Assert.Equal((3, 2, 1), (stats.GetProperty("answers").GetInt64(), stats.GetProperty("hits").GetInt64(), stats.GetProperty("produced").GetInt64()));
        Assert.Equal((1000, 2000), (stats.GetProperty("bytesTransferred").GetInt64(), stats.GetProperty("bytesSaved").GetInt64()));
        string text = string.Join('\n', Cache("stats", "--since-hours", "1"));
        Assert.Contains("3, 66.7 % without work", text, StringComparison.Ordinal);
        Assert.Contains("1 kB came, 2 kB saved", text, StringComparison.Ordinal);
        Assert.Equal(["Nothing was asked for."], Cache("stats", "--since-hours", "0"));
        Cache("stats", "--since-hours", "8000000");
    }

    [Theory]
    [InlineData("cache")]
    [InlineData("cache", "burn")]
    [InlineData("cache", "list", "a", "b")]
    [InlineData("cache", "list", "--frob")]
    [InlineData("cache", "verify", "--json")]
    [InlineData("cache", "prune", "--older-than-hours", "-1")]
    [InlineData("cache", "prune", "--older-than-hours", "1e300")]
    [InlineData("cache", "prune", "--max-size", "-1")]
    [InlineData("cache", "prune", "--max-size", "1X")]
    [InlineData("cache", "prune", "--max-size", "i")]
    [InlineData("cache", "prune", "--key", "")]
    [InlineData("cache", "prune", "--key", "abc")]
    [InlineData("cache", "prune", "--key", "not-a-key")]
    [InlineData("cache", "prune", "--olderthan", "1")]
    [InlineData("cache", "stats", "--since-hours", "NaN")]
    public void Wrong_usage_is_64_with_a_reason_and_nothing_is_removed(params string[] arguments)
    {
        FetchCache.Open(_place.Root);
        (int code, string output, string errors) = Run(arguments);
        Assert.True((64, "") == (code, output), $"{code}: {output}{errors}");
        Assert.StartsWith("procdedup: ", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fetch")]
    [InlineData("cache")]
    [InlineData("cache", "list")]
    [InlineData("cache", "verify")]
    [InlineData("cache", "prune")]
    [InlineData("cache", "stats")]
    public void Help_is_success(params string[] command)
    {
        (int code, string output, string errors) = Run([.. command, "--help"]);
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("Usage:", output, StringComparison.Ordinal);
    }
}
