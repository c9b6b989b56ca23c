using System;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>procdedup fetch: one line of output, everything else on standard error, and exit codes that tell why.</summary>
public sealed class FetchCommandTests : IDisposable
{
    private static readonly byte[] Content = Encoding.UTF8.GetBytes("what everybody wants");

    private readonly TestDirectory _place = new();
    private readonly Origin _origin = new();

    public void Dispose()
    {
        _origin.Dispose();
        _place.Dispose();
    }

    private (int Code, string Output, string Errors) Fetch(params string[] arguments)
    {
        using Peer procdedup = Peer.Procdedup(_place, ["fetch", .. arguments]);
        procdedup.EndInput();
        return procdedup.Finish();
    }

    /// <summary>Its one line of output.</summary>
    private string FetchWell(params string[] arguments)
    {
        (int code, string output, string errors) = Fetch(arguments);
        Assert.Equal((0, ""), (code, errors));
        Assert.DoesNotContain('\n', output);
        return output;
    }

    private static string Sha256(byte[] content) => Convert.ToHexString(SHA256.HashData(content)).ToLowerInvariant();

    [Fact]
    public void The_path_is_the_only_line_and_nothing_else_is_said()
    {
        string url = _origin.Serve("/tool.bin", Content);
        string path = FetchWell(url);
        Assert.Equal(Content, File.ReadAllBytes(path));
        Assert.StartsWith(_place.Home, path, StringComparison.Ordinal);
        Assert.Equal("tool.bin", Path.GetFileName(path));
        Assert.Equal(path, FetchWell(url, "--max-age-sec", "3600"));
        Assert.Equal(1, _origin.Count("/tool.bin"));
    }

    [Fact]
    public void Json_is_one_object_with_everything_that_is_known()
    {
        (int code, string output, _) = Fetch(_origin.Serve("/tool.bin", Content), "--json");
        Assert.Equal(0, code);
        Assert.DoesNotContain('\n', output);
        JsonElement result = JsonDocument.Parse(output).RootElement;
        Assert.Equal("Downloaded", result.GetProperty("status").GetString());
        Assert.Equal("sha256:" + Sha256(Content), result.GetProperty("digest").GetString());
        Assert.Equal(Content.Length, result.GetProperty("size").GetInt64());
        Assert.Equal(Content.Length, result.GetProperty("transferredBytes").GetInt64());
        Assert.Equal(Content, File.ReadAllBytes(result.GetProperty("path").GetString()!));
        Assert.Equal(
            typeof(ProcessDedup.Fetch.FetchResult).GetProperties().Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name)).Order(),
            result.EnumerateObject().Select(p => p.Name).Order());
    }

    [Fact]
    public void Verbose_tells_why_on_standard_error()
    {
        string url = _origin.Serve("/tool.bin", Content);
        (int code, string output, string errors) = Fetch(url, "--verbose");
        Assert.Equal(0, code);
        Assert.DoesNotContain('\n', output);
        Assert.StartsWith("procdedup: Downloaded: ", errors, StringComparison.Ordinal);
        Assert.StartsWith("procdedup: Hit: ", Fetch(url, "--verbose", "--max-age-sec", "60").Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_failure_has_its_exit_code_and_says_nothing_on_standard_output()
    {
        OriginFile file = _origin.Serve("/tool.bin", Content);
        string url = file.Url;
        OriginFile failing = _origin.Serve("/failing", Content).FailNext(100, 500);
        OriginFile limited = _origin.Serve("/limited", Content).FailNext(100, 429, "3600");
        OriginFile secret = _origin.Serve("/secret", Content);
        secret.Login = "me:secret";
        OriginFile hanging = _origin.Serve("/hanging", Content);
        hanging.HangsBeforeHeaders = true;
        string nowhere = "http://127.0.0.1:1/x";
        Fails(65, "has the hash", url, "--sha256", new string('0', 64));
        Fails(65, "Allow more bytes", url, "--max-bytes", "3", "--max-age-sec", "0");
        Fails(65, "archive", url, "--unpack");
        Fails(66, "not in the cache", _origin.Url("/never"), "--offline");
        Fails(66, "404", _origin.Url("/never"));
        Fails(66, "does not exist", "file:///no/such/file");
        Fails(66, "does not exist", url, "--header-file", "/no/such/file");
        Fails(69, "500", failing, "--attempts", "1");
        Fails(69, "refused", nowhere, "--attempts", "1");
        Fails(69, "redirected more than", _origin.RedirectForever(), "--attempts", "1");
        Fails(75, "no answer came", hanging, "--attempts", "1", "--inactivity-timeout-sec", "0.1");
        Fails(75, "time allowed", hanging, "--timeout-sec", "0.1");
        Fails(77, "401", secret);
        Fails(73, "is a directory", url, "--out", _place.NewDirectory("taken"));
        Fails(73, "does not exist", url, "--out", _place.File("missing/x"));
        // Last: the host wants to be left alone from here on.
        Fails(69, "429", limited, "--timeout-sec", "5");

        void Fails(int expected, string text, params string[] arguments)
        {
            (int code, string output, string errors) = Fetch(arguments);
            Assert.True((expected, "") == (code, output), $"{string.Join(' ', arguments)} gave {code}, '{output}', not {expected}: {errors}");
            Assert.StartsWith("procdedup: ", errors, StringComparison.Ordinal);
            Assert.Contains(text, errors, StringComparison.OrdinalIgnoreCase);
            Assert.Single(errors.TrimEnd().Split('\n'));
        }
    }

    [Fact]
    public void A_cache_of_a_newer_version_is_left_alone()
    {
        Directory.CreateDirectory(_place.Home, (UnixFileMode)0x1c0); // 0700
        File.WriteAllText(Path.Combine(_place.Home, "version"), "ProcessDedup cache 9\n");
        (int code, string output, string errors) = Fetch(_origin.Serve("/tool.bin", Content));
        Assert.Equal((78, ""), (code, output));
        Assert.Contains("newer version", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("")]
    [InlineData("no address")]
    [InlineData("gopher://h/x")]
    [InlineData("http://")]
    [InlineData("--unknown", "http://h/x")]
    [InlineData("http://h/x", "http://h/y")]
    [InlineData("http://h/x", "--sha256", "abc")]
    [InlineData("http://h/x", "--sha256", "sha512-AAAA")]
    [InlineData("http://h/x", "--hash", "md5-AAAA")]
    [InlineData("http://h/x", "--hash", "sha512-AAAA", "--sha256", "0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("http://h/x", "--read-only")]
    [InlineData("http://h/x", "--strip-components", "1")]
    [InlineData("http://h/x", "--unpack", "--strip-components", "-1")]
    [InlineData("http://h/x", "--attempts", "0")]
    [InlineData("http://h/x", "--max-bytes", "many")]
    [InlineData("http://h/x", "--max-bytes", "-1")]
    [InlineData("http://h/x", "--max-bytes", "99999999999999T")]
    [InlineData("http://h/x", "--timeout-sec", "1e300")]
    [InlineData("http://h/x", "--max-age-sec", "-1")]
    [InlineData("http://h/x", "--max-age-sec", "NaN")]
    [InlineData("http://h/x", "--stale-if-error-sec", "1e12")]
    [InlineData("http://h/x", "--header", "no header")]
    [InlineData("http://h/x", "--header", ": value")]
    [InlineData("http://h/x", "--header", "Range: bytes=0-")]
    [InlineData("http://h/x", "--proxy", "not an address")]
    [InlineData("http://h/x", "--on-timeout", "skip")]
    [InlineData("http://h/x", "--mirror", "ftp://h/x")]
    [InlineData("file:///x", "--mirror", "http://h/x")]
    [InlineData("http://h/x", "--", "true")]
    public void Wrong_usage_is_64_with_a_reason(params string[] arguments)
    {
        (int code, string output, string errors) = Fetch(arguments);
        Assert.True((64, "") == (code, output), $"{code}: {output}{errors}");
        Assert.StartsWith("procdedup: ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void The_longest_durations_are_taken()
    {
        string longest = "31622400";
        FetchWell(
            _origin.Serve("/tool.bin", Content), "--timeout-sec", longest, "--inactivity-timeout-sec", longest,
            "--max-age-sec", "31000000000", "--stale-if-error-sec", "31000000000", "--max-bytes", "7000000T");
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public void A_signal_ends_it_while_the_origin_hangs(string signal, int expected)
    {
        OriginFile file = _origin.Serve("/slow", 300_000);
        file.Gate = new OriginGate(100_000);
        using Peer procdedup = Peer.Procdedup(_place, "fetch", file);
        file.Gate.WaitReached();
        procdedup.Signal(signal);
        (int code, string output, string errors) = procdedup.Finish();
        Assert.Equal((expected, ""), (code, output));
        Assert.DoesNotContain("Unhandled", errors, StringComparison.Ordinal);
        file.Gate.Open();
        Assert.Equal(file.Body.ToArray(), File.ReadAllBytes(FetchWell(file)));
    }

    [Fact]
    public void A_signal_ends_the_wait_for_another_process_which_goes_on()
    {
        OriginFile file = _origin.Serve("/slow", 300_000);
        file.Gate = new OriginGate(100_000);
        using Peer leader = Peer.Procdedup(_place, "fetch", file);
        file.Gate.WaitReached();
        using Peer waiting = Peer.Procdedup(_place, "fetch", file);
        Eventually.True(() => waiting.Errors.Length > 0, "the notice");
        waiting.Signal("INT");
        Assert.Equal(130, waiting.WaitForExit());
        file.Gate.Open();
        Assert.Equal(0, leader.Finish().Code);
        Assert.Equal(1, _origin.Count("/slow"));
    }

    [Fact]
    public void A_wait_of_more_than_a_second_says_once_whom_it_is_for()
    {
        OriginFile file = _origin.Serve("/slow", 300_000);
        file.Gate = new OriginGate(100_000);
        using Peer leader = Peer.Procdedup(_place, "fetch", file);
        file.Gate.WaitReached();
        using Peer waiting = Peer.Procdedup(_place, "fetch", file, "--json");
        Eventually.True(() => waiting.Errors.Length > 0, "the notice");
        file.Gate.Open();
        (int code, string output, string errors) = waiting.Finish();
        Assert.Equal(0, code);
        string notice = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("procdedup: waiting for procdedup fetch ", notice, StringComparison.Ordinal);
        Assert.Contains($"PID {leader.Id}", notice, StringComparison.Ordinal);
        Assert.Contains(": " + file.Url, notice, StringComparison.Ordinal);
        Assert.Equal("Waited", JsonDocument.Parse(output).RootElement.GetProperty("status").GetString());
        Assert.Equal(1, _origin.Count("/slow"));
    }

    [Fact]
    public void What_another_process_fetches_is_not_waited_for_where_that_is_not_wanted()
    {
        OriginFile file = _origin.Serve("/slow", 300_000);
        file.Gate = new OriginGate(100_000);
        using Peer leader = Peer.Procdedup(_place, "fetch", file);
        file.Gate.WaitReached();
        foreach (string[] how in new[] { ["--no-wait"], new[] { "--timeout-sec", "0.05" } })
        {
            (int code, string output, string errors) = Fetch([file, .. how]);
            Assert.Equal((75, ""), (code, output));
            Assert.Contains("PID " + leader.Id, errors, StringComparison.Ordinal);
        }

        OriginGate gate = file.Gate;
        file.Gate = null;
        foreach (string[] how in new[] { ["--no-wait"], new[] { "--timeout-sec", "2" } })
        {
            (int code, string output, string errors) = Fetch([file, .. how, "--max-age-sec", "0", "--on-timeout", "proceed"]);
            Assert.True(code == 0, errors);
            Assert.Equal(file.Body.ToArray(), File.ReadAllBytes(output));
        }

        gate.Open();
        Assert.Equal(0, leader.Finish().Code);
    }

    [Theory]
    [InlineData("with spaces and 'quotes'")]
    [InlineData("ünïcödé 名前 🚀.bin")]
    [InlineData("-begins-with-a-dash")]
    [InlineData("existing")]
    [InlineData("link")]
    public void Out_takes_any_path(string name)
    {
        string place = _place.File(name);
        if (name is "existing" or "link")
            File.WriteAllText(_place.File("existing"), "older and longer than what comes, by some bytes");
        if (name == "link")
            File.CreateSymbolicLink(place, _place.File("existing"));
        Assert.Equal(place, FetchWell(_origin.Serve("/tool.bin", Content), "--out", place));
        Assert.Equal(Content, File.ReadAllBytes(place));
        Assert.Null(new FileInfo(place).LinkTarget);
        File.AppendAllText(place, "mine");
        Assert.Equal(Content, File.ReadAllBytes(FetchWell(_origin.Url("/tool.bin"), "--max-age-sec", "60")));
    }

    [Theory]
    [InlineData("C")]
    [InlineData("en_US.ISO-8859-1")]
    public void A_path_is_printed_as_the_bytes_that_name_it_whatever_the_locale(string locale)
    {
        string place = _place.File("名前");
        string url = _origin.Serve("/tool.bin", Content);
        using Peer shell = Peer.Run(
            _place, "sh", "-c", "LC_ALL=$1 cat \"$(LC_ALL=$1 \"$PROCDEDUP\" fetch \"$2\" --out \"$3\")\"", "sh", locale, url, place);
        Assert.Equal((0, Encoding.UTF8.GetString(Content), ""), shell.Finish());
    }

    [Fact]
    public void An_archive_is_unpacked()
    {
        using var archive = new MemoryStream();
        using (var zip = new System.IO.Compression.ZipArchive(archive, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        using (Stream entry = zip.CreateEntry("top/inner.txt").Open())
            entry.Write(Content);
        string url = _origin.Serve("/a.zip", archive.ToArray());
        Assert.Equal(Content, File.ReadAllBytes(Path.Combine(FetchWell(url, "--unpack"), "top/inner.txt")));
        string place = _place.File("tree");
        Assert.Equal(place, FetchWell(url, "--unpack", "--strip-components", "1", "--out", place));
        Assert.Equal(Content, File.ReadAllBytes(Path.Combine(place, "inner.txt")));
    }

    [Fact]
    public void A_mirror_is_asked_when_the_first_address_fails()
    {
        string second = _origin.Serve("/second", Content);
        string path = FetchWell(_origin.Url("/gone"), "--mirror", _origin.Url("/also-gone"), "--mirror", second, "--sha256", Sha256(Content).ToUpperInvariant());
        Assert.Equal(Content, File.ReadAllBytes(path));
    }

    [Fact]
    public void Headers_come_from_the_command_line_a_file_or_standard_input()
    {
        string url = _origin.Serve("/tool.bin", Content);
        string file = _place.File("headers");
        File.WriteAllText(file, "X-File:  two \r\n\r\nX-Colon: a:b\n");
        FetchWell(url, "--header", "X-Line: one", "--header-file", file);
        OriginRequest request = Assert.Single(_origin.Requests);
        Assert.Equal(("one", "two", "a:b"), (request.Headers["X-Line"], request.Headers["X-File"], request.Headers["X-Colon"]));

        using Peer procdedup = Peer.Procdedup(_place, "fetch", url, "--header-file", "-");
        procdedup.Say("X-Input: three");
        procdedup.EndInput();
        Assert.Equal(0, procdedup.Finish().Code);
        Assert.Equal("three", _origin.Requests[^1].Headers["X-Input"]);
    }

    [Fact]
    public void Secrets_are_on_no_output_and_in_no_file()
    {
        const string password = "hunter2-password", header = "hunter2-header", query = "hunter2-query", line = "hunter2-line";
        string headers = _place.File("headers");
        File.WriteAllText(headers, $"X-Token: {header}\n");
        OriginFile file = _origin.Serve("/slow", 300_000);
        file.Gate = new OriginGate(100_000);
        string url = file.Url.Replace("://", "://me:" + password + "@", StringComparison.Ordinal) + "?token=" + query;
        string[] arguments = [url, "--header-file", headers, "--header", "X-Line: " + line, "--verbose", "--json"];
        using Peer leader = Peer.Procdedup(_place, ["fetch", .. arguments]);
        file.Gate.WaitReached();
        using Peer waiting = Peer.Procdedup(_place, ["fetch", .. arguments]);
        Eventually.True(() => waiting.Errors.Length > 0, "the notice");
        AssertNoSecretBelow(_place.Home);
        file.Gate.Open();
        foreach ((int code, string output, string errors) in new[] { leader.Finish(), waiting.Finish() })
        {
            Assert.Equal(0, code);
            AssertNoSecret(output + errors);
        }

        Assert.Equal(header, _origin.Requests[0].Headers["X-Token"]);
        Assert.Equal("?token=" + query, _origin.Requests[0].Query);
        Assert.StartsWith("Basic ", _origin.Requests[0].Authorization, StringComparison.Ordinal);
        foreach (string[] wrong in new string[][]
        {
            [url, "--sha256", new string('0', 64)],
            [url.Replace("/slow", "/gone", StringComparison.Ordinal), "--header-file", headers],
            [url, url],
            [url, "--mirror", "ftp://me:" + password + "@h/?" + query],
            ["gopher://me:" + password + "@h/?" + query],
            [url, "--proxy", "http://me:" + password + "@127.0.0.1:1/", "--attempts", "1"],
            [url, "--header", "X-Line " + line],
            [url, "X-Line: " + line],
        })
        {
            (int code, string output, string errors) = Fetch(wrong);
            Assert.NotEqual(0, code);
            AssertNoSecret(output + errors);
        }

        File.WriteAllText(headers, $"X-Token {header}\n");
        AssertNoSecret(Fetch(url, "--header-file", headers).Errors);
        using (Peer list = Peer.Procdedup(_place, "cache", "list", "--json"))
            AssertNoSecret(list.Finish().Output);
        AssertNoSecretBelow(_place.Home);
    }

    private static void AssertNoSecret(string text) => Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);

    // Not by .NET, which would lock each file that it reads.
    private void AssertNoSecretBelow(string directory)
    {
        Assert.NotEmpty(Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories));
        Assert.DoesNotContain(
            Directory.EnumerateFileSystemEntries(directory, "*", SearchOption.AllDirectories), path => path.Contains("hunter2", StringComparison.Ordinal));
        using Peer grep = Peer.Run(_place, "grep", "-raF", "hunter2", directory);
        (int code, string output, string errors) = grep.Finish();
        Assert.True((1, "") == (code, output), output + errors);
    }
}
