using System;
using System.IO;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>procdedup fetch: exit codes that tell why it failed.</summary>
public sealed class FetchFailureTests : FetchProgramTest
{
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
        // By whoever notices first: the transfer ("within the time allowed"), or the program ("within 0.1 s").
        Fails(75, "not done within", hanging, "--timeout-sec", "0.1");
        Fails(77, "401", secret);
        Fails(73, "does not exist", url, "--out", _place.File("missing/x"));
        // Last: the host wants to be left alone from here on.
        Fails(69, "429", limited, "--timeout-sec", "60");

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
}
