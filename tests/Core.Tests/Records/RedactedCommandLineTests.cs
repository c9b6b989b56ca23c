using System;
using ProcessDedup.Platform;
using Xunit;

namespace ProcessDedup.Tests.Records;

/// <summary>What is shown of a command line, and what is not.</summary>
public sealed class RedactedCommandLineTests
{
    [Theory]
    [InlineData("tool", "--token", "s3cret")]
    [InlineData("tool", "--Token=s3cret")]
    [InlineData("tool", "--password=s3cret")]
    [InlineData("tool", "-Password", "s3cret")]
    [InlineData("tool", "--api-key", "s3cret")]
    [InlineData("tool", "--apikey=s3cret")]
    [InlineData("tool", "--client_secret", "s3cret")]
    [InlineData("tool", "/p:FeedToken=s3cret")]
    [InlineData("env", "GITHUB_TOKEN=s3cret", "make")]
    [InlineData("env", "AWS_SECRET_ACCESS_KEY=s3cret", "make")]
    [InlineData("tool", "--connection", "Server=db;Password=s3cret")]
    [InlineData("tool", "Server=db;User=sa;Password=s3cret")]
    [InlineData("tool", "--post-data=user=me&password=s3cret")]
    [InlineData("curl", "-H", "Authorization: Bearer s3cret")]
    [InlineData("curl", "-HAuthorization: s3cret")]
    [InlineData("curl", "--header=X-Auth: s3cret")]
    [InlineData("curl", "-u", "me:s3cret")]
    [InlineData("curl", "--user", "me:s3cret")]
    [InlineData("curl", "-d", "{\"password\":\"s3cret\"}")]
    [InlineData("curl", "--cookie", "session=s3cret")]
    [InlineData("git", "clone", "https://me:s3cret@host/repo")]
    [InlineData("git", "clone", "https://me:p@s3cret@host/repo")]
    [InlineData("git", "clone", "https://s3cret@host/repo")]
    [InlineData("curl", "https://host/file?sig=s3cret&x=1")]
    [InlineData("curl", "https://host/file#access_token=s3cret")]
    [InlineData("curl", "--url=https://me:s3cret@host/file")]
    [InlineData("procdedup", "fetch", "https://me:s3cret@host/file?token=x")]
    [InlineData("curl", "https://host/file?s3cret&token=x")]
    [InlineData("psql", "postgres://me:s3cret@host/db")]
    [InlineData("tool", "ghp_s3cret0000000000000")]
    [InlineData("tool", "github_pat_s3cret")]
    [InlineData("tool", "glpat-s3cret")]
    [InlineData("tool", "xoxb-s3cret")]
    [InlineData("tool", "npm_s3cret")]
    [InlineData("tool", "--value=ghp_s3cret")]
    [InlineData("tool", "eyJs3cret.eyJ.x")]
    [InlineData("tool", "s3cretAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("sh", "-c", "echo s3cret")]
    [InlineData("bash", "-lc", "echo s3cret")]
    [InlineData("bash", "-euc", "echo s3cret")]
    [InlineData("pwsh", "-Command", "s3cret")]
    [InlineData("pwsh", "-NoProfile", "-c", "s3cret")]
    [InlineData("pwsh", "-EncodedCommand", "s3cret")]
    [InlineData("cmd.exe", "/c", "s3cret")]
    [InlineData("python3", "-c", "s3cret")]
    [InlineData("node", "-e", "s3cret")]
    [InlineData("node", "--eval", "s3cret")]
    public void No_secret_is_shown(params string[] arguments) =>
        Assert.DoesNotContain("s3cret", RedactedCommandLine.Of(arguments), StringComparison.Ordinal);

    [Theory]
    [InlineData("dotnet restore src/App.csproj", "/usr/bin/dotnet", "restore", "src/App.csproj")]
    [InlineData("make -j 8 all", "make", "-j", "8", "all")]
    [InlineData("curl https://host/a/file.zip", "curl", "https://host/a/file.zip")]
    [InlineData("git clone https://host/repo", "git", "clone", "https://me:pw@host/repo")]
    [InlineData("curl https://host/file?***", "curl", "https://host/file?sig=1")]
    [InlineData("tool --token *** --verbose", "tool", "--token", "abc", "--verbose")]
    [InlineData("cp /srv/builds/2026-01-01/a/very/long/path/to/some/file.tar.gz .", "cp", "/srv/builds/2026-01-01/a/very/long/path/to/some/file.tar.gz", ".")]
    public void What_is_no_secret_is_shown(string shown, params string[] arguments) =>
        Assert.Equal(shown, RedactedCommandLine.Of(arguments));

    [Fact]
    public void It_is_short_and_holds_no_control_characters()
    {
        string text = RedactedCommandLine.Of(["tool", "a\u001b[2Jb\r\n", new string('é', 30) + " " + new string('x', 10_000)]);
        Assert.InRange(text.Length, 1, 200);
        Assert.DoesNotContain(text, char.IsControl);
    }

    [Fact]
    public void Hostile_arguments_do_not_take_long()
    {
        string hostile = string.Concat(System.Linq.Enumerable.Repeat("://a?", 20_000));
        _ = RedactedCommandLine.Of(["tool", hostile, new string('@', 100_000), new string('=', 100_000)]);
    }

    [Fact]
    public void No_arguments_are_no_error() => Assert.Equal("", RedactedCommandLine.Of([]));
}
