using System;
using System.IO;
using System.Linq;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>procdedup fetch keeps to itself what lets it in.</summary>
public sealed class FetchSecretTests : FetchProgramTest
{
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
        // What is replaced or removed meanwhile, as records are, is not there any more when its turn comes.
        Assert.True(
            output.Length == 0 && (code == 1 || errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).All(e => e.EndsWith("No such file or directory", StringComparison.Ordinal))),
            output + errors);
    }
}
