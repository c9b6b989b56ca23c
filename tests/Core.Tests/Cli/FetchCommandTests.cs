using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>procdedup fetch: one line of output, and everything else on standard error.</summary>
public sealed class FetchCommandTests : FetchProgramTest
{
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
    public void The_longest_durations_are_taken()
    {
        string longest = "31622400";
        FetchWell(
            _origin.Serve("/tool.bin", Content), "--timeout-sec", longest, "--inactivity-timeout-sec", longest,
            "--max-age-sec", "31000000000", "--stale-if-error-sec", "31000000000", "--max-bytes", "7000000T");
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
            Links.ToFile(place, _place.File("existing"));
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
}
