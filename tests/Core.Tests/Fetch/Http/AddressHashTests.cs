using System;
using System.IO;
using ProcessDedup.Fetch;
using ProcessDedup.Store;
using ProcessDedup.Tests.Flight;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Http;

/// <summary>Addresses with a hash, as pip and lock files write them.</summary>
public sealed class AddressHashTests : IDisposable
{
    private readonly Caching _it = new();

    public void Dispose() => _it.Dispose();

    [Theory]
    [InlineData("#sha256=")]
    [InlineData("#egg=tool&SHA256=")]
    public void The_hash_of_an_address_is_checked(string fragment)
    {
        OriginFile file = _it.Origin.Serve("/tool.whl", [1, 2, 3]);
        string hash = Caching.HashOf(file);
        FetchResult result = _it.Cache.Get(new FetchRequest(file.Url + fragment + hash));
        Assert.Equal("sha256:" + hash, result.Digest);
        // It is fresh for ever, as what has its hash is.
        Assert.Equal(FetchStatus.Hit, _it.Cache.Get(new FetchRequest(file.Url + fragment + hash) { MaxAge = TimeSpan.Zero }).Status);
        _it.Cache.Fails(new FetchRequest(file.Url + fragment + new string('0', 64)), FetchError.FetchHashMismatch);
    }

    [Fact]
    public void Another_fragment_means_nothing()
    {
        OriginFile file = _it.Origin.Serve("/a", [1]);
        Assert.Equal(new byte[] { 1 }, File.ReadAllBytes(_it.Cache.Get(new FetchRequest(file.Url + "#section")).Path));
    }

    [Fact]
    public void A_hash_that_contradicts_or_proves_nothing_is_refused()
    {
        OriginFile file = _it.Origin.Serve("/a", [1]);
        var expected = ContentHash.Parse(Caching.HashOf(file));
        _it.Cache.Fails(new FetchRequest(file.Url + "#md5=00112233445566778899aabbccddeeff"), FetchError.FetchHashInvalid);
        _it.Cache.Fails(new FetchRequest(file.Url + "#sha256=12"), FetchError.FetchHashInvalid);
        _it.Cache.Fails(new FetchRequest(file.Url + "#sha256=" + new string('0', 64)) { Expected = expected }, FetchError.FetchOptionsInvalid);
        Assert.Empty(_it.Origin.Requests);
        _it.Cache.Get(new FetchRequest(file.Url + "#md5=00112233445566778899aabbccddeeff") { Expected = expected });
    }

    [Fact]
    public void Content_that_is_known_by_its_hash_does_not_displace_what_an_address_had()
    {
        OriginFile first = _it.Origin.Serve("/first", [1]), second = _it.Origin.Serve("/second", [2], etag: "\"v2\"");
        _it.Cache.Get(new FetchRequest(first.Url));
        _it.Cache.Get(new FetchRequest(second.Url));
        // The second address, with the hash of what the first one has.
        Assert.Equal(FetchStatus.Hit, _it.Cache.Get(new FetchRequest(second.Url + "#sha256=" + Caching.HashOf(first))).Status);
        // What it really has is still known, with its validator.
        Assert.Equal(new byte[] { 2 }, File.ReadAllBytes(_it.Cache.Get(new FetchRequest(second.Url) { Offline = true }).Path));
        Assert.Equal(FetchStatus.Revalidated, _it.Cache.Get(new FetchRequest(second.Url) { MaxAge = TimeSpan.Zero }).Status);
    }
}
