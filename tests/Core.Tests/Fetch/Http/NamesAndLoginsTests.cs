using System;
using System.Net;
using ProcessDedup.Fetch.Http;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Http;

public sealed class NamesAndLoginsTests
{
    private static readonly Uri Address = new("https://example.org/dir/from-url.bin?x=/y");

    [Theory]
    [InlineData(null, "from-url.bin")]
    [InlineData("attachment", "from-url.bin")]
    [InlineData("garbage; = \"", "from-url.bin")]
    [InlineData("attachment; filename=a.txt", "a.txt")]
    [InlineData("attachment; filename=\"a b.txt\"", "a b.txt")]
    [InlineData("attachment; filename=\"x\"; filename*=UTF-8''%e2%82%ac.txt", "€.txt")]
    [InlineData("attachment; filename=\"../../etc/passwd\"", "passwd")]
    [InlineData("attachment; filename=\"C:\\\\dir\\\\evil.exe\"", "evil.exe")]
    [InlineData("attachment; filename=\"..\"", "from-url.bin")]
    [InlineData("attachment; filename=\"a:b<c>|d?.txt.. \"", "abcd.txt")]
    [InlineData("attachment; filename=\"con.txt\"", "_con.txt")]
    [InlineData("attachment; filename=\"x.txt\";", "x.txt")]
    [InlineData("attachment; filename=a b.txt", "a b.txt")]
    [InlineData("attachment; filename = a.txt ; size=3", "a.txt")]
    [InlineData("filename=\"only.txt\"", "only.txt")]
    [InlineData("attachment; filename=\"semi;colon.txt\"", "semi;colon.txt")]
    [InlineData("attachment; filename=\"C:\\dir\\new.exe\"", "new.exe")]
    [InlineData("attachment; filename=\"q\\\"uote.txt\"", "quote.txt")]
    [InlineData("attachment; filename=r\u00c3\u00a9sum\u00c3\u00a9.pdf", "r\u00e9sum\u00e9.pdf")]
    [InlineData("attachment; filename=\"r\u00e9sum\u00e9.pdf\"", "r\u00e9sum\u00e9.pdf")]
    [InlineData("attachment; filename*=ISO-8859-1'en'r%e9sum%e9.pdf; filename=x", "r\u00e9sum\u00e9.pdf")]
    [InlineData("attachment; filename*=KOI8-R''%c1; filename=x.txt", "x.txt")]
    [InlineData("attachment; filename=\"=?utf-8?B?4oKsLnR4dA==?=\"", "\u20ac.txt")]
    [InlineData("inline; name=a; filename=", "from-url.bin")]
    public void A_name_is_bare_and_harmless(string? disposition, string name) =>
        Assert.Equal(name, DownloadName.From(disposition, Address));

    [Theory]
    [InlineData("https://example.org/", "download")]
    [InlineData("https://example.org/a/%2e%2e%2fb%2fc.txt", "c.txt")]
    [InlineData("https://example.org/a%20b.txt", "a b.txt")]
    public void Without_one_the_address_gives_it(string address, string name) =>
        Assert.Equal(name, DownloadName.From(null, new Uri(address)));

    [Fact]
    public void A_long_name_is_cut() => Assert.Equal(66, DownloadName.Safe(new string('€', 300))!.Length);

    [Theory]
    [InlineData("machine example.org login ann password pw", "ann", "pw")]
    [InlineData("machine other login x password y\nmachine EXAMPLE.org\n  login ann\n  password pw\n", "ann", "pw")]
    [InlineData("# machine example.org login no password no\ndefault login d password e", "d", "e")]
    [InlineData("machine example.org login \"a b\" password \"p\\\"w\"", "a b", "p\"w")]
    [InlineData("macdef init\nmachine example.org login no password no\n\nmachine example.org login ann password pw", "ann", "pw")]
    [InlineData("machine example.org login ann account acc password pw machine example.org login z password z", "ann", "pw")]
    [InlineData("machine other login x password y", null, null)]
    [InlineData("machine example.org login ann", null, null)]
    [InlineData("machine", null, null)]
    [InlineData("machine example.org password \"unfinished", "", "unfinished")]
    [InlineData("macdef", null, null)]
    // A password may begin with '#'; what is missing is not taken from the next machine, as curl 7.88 does.
    [InlineData("machine example.org login ann password #pw\nmachine other login eve password e", "ann", "#pw")]
    [InlineData("machine example.org login ann password\nmachine other login eve password e", null, null)]
    [InlineData("machine example.org login ann password # later\nmachine other login eve password e", null, null)]
    [InlineData("machine example.org\n  account\n  login ann\n  password pw", "ann", "pw")]
    [InlineData("machine example.org login default password account", "default", "account")]
    [InlineData("machine example.org login machine password p#w", "machine", "p#w")]
    [InlineData("MACHINE example.org LOGIN ann PASSWORD pw", "ann", "pw")]
    [InlineData("default login d password e\nmachine example.org login ann password pw", "d", "e")]
    public void Netrc_is_read_as_curl_reads_it(string text, string? login, string? password)
    {
        NetworkCredential? found = Netrc.Find(text, "example.org");
        Assert.Equal((login, password), (found?.UserName, found?.Password));
    }

    [Fact]
    public void What_is_shown_of_an_address_has_no_secrets()
    {
        var source = new HttpSource(new Uri("https://ann:hunter22@example.org:8443/a%20b?sig=secret#frag"));
        Assert.Equal("https://example.org:8443/a%20b?***", source.Display);
        Assert.Equal("https://example.org:8443/a%20b?sig=secret", source.Uri.AbsoluteUri);
        Assert.Equal(("ann", "hunter22"), (source.Credential!.UserName, source.Credential.Password));
    }
}
