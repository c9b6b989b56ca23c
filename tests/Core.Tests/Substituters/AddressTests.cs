using System;
using ProcessDedup.Fetch;
using ProcessDedup.Substituters;
using Xunit;

namespace ProcessDedup.Tests.Substituters;

/// <summary>What is an address of a substituter, and what is said of what is none.</summary>
public sealed class AddressTests
{
    [Theory]
    [InlineData("/srv/cache", "Directory", "/srv/cache", false)]
    [InlineData("/srv/cache?trusted=true", "Directory", "/srv/cache", true)]
    [InlineData("/srv/cache?trusted=false", "Directory", "/srv/cache", false)]
    [InlineData("/srv/what?", "Directory", "/srv/what?", false)]
    [InlineData("file:///srv/my%20cache?trusted=true", "Directory", "/srv/my cache", true)]
    [InlineData("http://host/cache", "Http", "http://host/cache", false)]
    [InlineData("https://user:word@host:8443/?trusted=true", "Http", "https://host:8443", true)]
    [InlineData("HTTPS://host", "Http", "https://host", false)]
    [InlineData("s3://bucket", "S3", "s3://bucket", false)]
    [InlineData("s3://bucket/a/b/?region=eu-west-1&trusted=true", "S3", "s3://bucket/a/b", true)]
    public void These_are_addresses(string text, string kind, string display, bool isTrusted)
    {
        var address = SubstituterAddress.Parse(text);
        Assert.Equal((kind, display, isTrusted), (address.Kind.ToString(), address.Display, address.IsTrusted));
        Assert.DoesNotContain("word", address.Display, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("ftp://user:word@host/")]
    [InlineData("http:/user:word@host/")]
    [InlineData("s3:bucket")]
    [InlineData("http://")]
    [InlineData("http://user:word@host/?trusted=yes")]
    [InlineData("http://user:word@host/?sig=word")]
    [InlineData("http://user:word@host/?trusted=true&trusted=true")]
    [InlineData("http://user:word@host/#word")]
    [InlineData("file://host/srv")]
    [InlineData("file:///srv?trust=true")]
    [InlineData("s3://")]
    [InlineData("s3:///prefix")]
    [InlineData("s3://user:word@bucket/prefix")]
    [InlineData("s3://bucket?endpoint=http://user:word@host")]
    [InlineData("s3://bucket?endpoint=host:9000")]
    [InlineData("s3://bucket?pathStyle")]
    [InlineData("s3://bucket?profile=word")]
    [InlineData("/srv/\ncache")]
    public void These_are_none_and_no_secret_is_told(string text)
    {
        FetchException e = Assert.Throws<FetchException>(() => SubstituterAddress.Parse(text));
        Assert.Equal(FetchError.SubstituterInvalid, e.Error);
        Assert.DoesNotContain("word", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_a_bucket_is_can_be_said()
    {
        S3Place place = SubstituterAddress.Parse("s3://my-bucket/a%20b/c?endpoint=http%3A%2F%2F127.0.0.1%3A9000&region=local&pathStyle=true").S3!;
        Assert.Equal(new S3Place("my-bucket", "a b/c/", new Uri("http://127.0.0.1:9000"), "local", true), place);
    }

    [Fact]
    public void The_same_substituter_has_one_id_whatever_the_password()
    {
        string id = SubstituterAddress.Parse("http://user:one@host/cache").Id;
        Assert.Equal(id, SubstituterAddress.Parse("http://user:two@host/cache/?trusted=true").Id);
        Assert.NotEqual(id, SubstituterAddress.Parse("http://other:one@host/cache").Id);
        Assert.NotEqual(id, SubstituterAddress.Parse("http://host/other").Id);
    }
}
