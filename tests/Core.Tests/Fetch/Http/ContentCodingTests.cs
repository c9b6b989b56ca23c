using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using ProcessDedup.Fetch;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Http;

/// <summary>Servers that compress although nobody asked for it.</summary>
public sealed class ContentCodingTests : IDisposable
{
    private static readonly byte[] Content = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 50_000).Select(i => $"line {i}\n")));

    private readonly Downloading _it = new();

    public void Dispose() => _it.Dispose();

    private static byte[] Coded(string coding, byte[] content)
    {
        var coded = new MemoryStream();
        using (Stream stream = coding switch
        {
            "gzip" or "x-gzip" => new GZipStream(coded, CompressionLevel.Fastest, leaveOpen: true),
            "br" => new BrotliStream(coded, CompressionLevel.Fastest, leaveOpen: true),
            "zstd" => new ZstdSharp.CompressionStream(coded, leaveOpen: true),
            "raw deflate" => new DeflateStream(coded, CompressionLevel.Fastest, leaveOpen: true),
            _ => new ZLibStream(coded, CompressionLevel.Fastest, leaveOpen: true),
        })
            stream.Write(content);
        return coded.ToArray();
    }

    private string Serve(string path, string coding, byte[] body, string type = "text/plain") => _it.Origin.Handle(path, async context =>
    {
        context.Response.Headers.ContentEncoding = coding;
        context.Response.Headers.ETag = "\"v1\"";
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body);
    });

    [Theory]
    [InlineData("gzip")]
    [InlineData("x-gzip")]
    [InlineData("GZIP")]
    [InlineData("br")]
    [InlineData("zstd")]
    [InlineData("deflate")]
    [InlineData("raw deflate", "deflate")]
    public void A_coded_body_is_saved_as_the_file_as_with_curl_compressed(string made, string? coding = null)
    {
        string url = Serve("/list.txt", coding ?? made, Coded(made.ToLowerInvariant(), Content));
        _it.Fetch(url);
        Assert.Equal(Content, _it.Bytes);
        if (!File.Exists("/usr/bin/curl") || made is "raw deflate")
            return;
        using Peer curl = Peer.Run(_it.Place, "curl", "-sf", "--compressed", "-o", _it.Place.File("by-curl"), url);
        Assert.Equal(0, curl.Finish().Code);
        Assert.Equal(Content, File.ReadAllBytes(_it.Place.File("by-curl")));
    }

    [Fact]
    public void Several_codings_are_undone_in_their_order()
    {
        _it.Fetch(Serve("/a", "gzip, br", Coded("br", Coded("gzip", Content))));
        Assert.Equal(Content, _it.Bytes);
    }

    [Theory]
    [InlineData("/tool.tar.gz", "x-gzip", "application/octet-stream")]
    [InlineData("/tool.tgz", "gzip", "text/plain")]
    [InlineData("/latest", "gzip", "application/x-gzip")]
    public void A_file_that_is_compressed_itself_stays_as_it_is_whatever_its_label(string path, string coding, string type)
    {
        byte[] file = Coded("gzip", Content);
        string url = Serve(path, coding, file, type);
        _it.Fetch(url);
        Assert.Equal(file, _it.Bytes);
        if (!File.Exists("/usr/bin/wget") || path == "/latest")
            return;
        using Peer wget = Peer.Run(_it.Place, "wget", "-q", "-O", _it.Place.File("by-wget" + path[1..]), url);
        Assert.Equal(0, wget.Finish().Code);
        Assert.Equal(file, File.ReadAllBytes(_it.Place.File("by-wget" + path[1..])));
    }

    [Fact]
    public void An_unknown_coding_is_refused()
    {
        FetchException failure = _it.Fails(FetchError.FetchEncodingUnsupported, Serve("/a", "compress", Content));
        Assert.Contains("'compress'", failure.Message, StringComparison.Ordinal);
        Assert.Single(_it.Origin.Requests);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public void A_coded_body_that_is_cut_or_damaged_is_no_file(string coding)
    {
        byte[] body = Coded(coding, Content);
        _it.Limits = _it.Limits with { MaxAttempts = 2 };
        byte[] Cut(string headers) =>
            [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\n{headers}Connection: close\r\n\r\n"), .. body.AsSpan(0, body.Length / 2)];
        _it.Fails(FetchError.FetchTruncated, _it.Origin.Raw("/cut", Cut($"Content-Length: {body.Length}\r\n")));
        // Without a length gzip's own end is missed; br has none that could be.
        if (coding == "gzip")
            _it.Fails(FetchError.FetchTruncated, _it.Origin.Raw("/cut", Cut(string.Empty)));
        _it.Fails(FetchError.FetchTruncated, Serve("/damaged", coding, Encoding.UTF8.GetBytes("no such thing")));
        // Each attempt begins at the start.
        Assert.All(_it.Origin.Requests, r => Assert.Null(r.Range));
    }

    [Fact]
    public void The_most_that_may_come_is_counted_in_what_is_saved()
    {
        _it.Limits = _it.Limits with { MaxBytes = 100_000 };
        _it.Fails(FetchError.FetchTooLarge, Serve("/bomb", "gzip", Coded("gzip", new byte[10_000_000])));
    }
}
