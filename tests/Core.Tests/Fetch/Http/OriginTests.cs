using System.Net;
using System.Net.Http;
using System.Text;
using System.Threading.Tasks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Http;

/// <summary>The origin itself: a test that relies on its misbehaviour must be able to rely on it.</summary>
public class OriginTests
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    [Fact]
    public async Task It_serves_bytes_and_counts()
    {
        using var origin = new Origin();
        string url = origin.Serve("/a.bin", [1, 2, 3], "\"v1\"");
        Assert.Equal([1, 2, 3], await Client.GetByteArrayAsync(url));
        OriginRequest request = Assert.Single(origin.Requests);
        Assert.Equal(1, origin.Count("/a.bin"));
        Assert.Equal(("GET", 200, 3L), (request.Method, request.Status, request.BytesSent));
        Assert.Equal(HttpStatusCode.NotFound, (await Client.GetAsync(origin.Url("/b"))).StatusCode);
    }

    [Fact]
    public async Task Generated_bytes_are_the_same_from_any_place()
    {
        using var origin = new Origin();
        OriginFile file = origin.Serve("/big", 300_001, seed: 7);
        byte[] all = await Client.GetByteArrayAsync((string)file);
        Assert.Equal(file.Body.ToArray(), all);
        using var request = new HttpRequestMessage(HttpMethod.Get, file.Url);
        request.Headers.Add("Range", "bytes=100003-");
        using HttpResponseMessage part = await Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(all[100003..], await part.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task It_cuts_where_it_is_told_to()
    {
        using var origin = new Origin();
        OriginFile file = origin.Serve("/cut", 200_000).CutAt(70_000, times: 1);
        using HttpResponseMessage answer = await Client.GetAsync(file, HttpCompletionOption.ResponseHeadersRead);
        await using System.IO.Stream body = await answer.Content.ReadAsStreamAsync();
        byte[] read = new byte[70_000];
        await body.ReadExactlyAsync(read);
        await Assert.ThrowsAnyAsync<System.IO.IOException>(async () => await body.ReadExactlyAsync(new byte[1]));
        Assert.Equal(file.Body.ToArray(), await Client.GetByteArrayAsync((string)file));
    }

    [Fact]
    public async Task It_stops_at_a_gate_until_it_is_opened()
    {
        using var origin = new Origin();
        OriginFile file = origin.Serve("/slow", 1000);
        file.Gate = new OriginGate(400);
        Task<byte[]> download = Client.GetByteArrayAsync((string)file);
        file.Gate.WaitReached();
        Assert.False(download.IsCompleted);
        Assert.Equal(400, origin.Requests[0].BytesSent);
        file.Gate.Open();
        Assert.Equal(1000, (await download).Length);
    }

    [Fact]
    public async Task It_ends_while_an_answer_hangs()
    {
        Task<HttpResponseMessage> waiting;
        using (var origin = new Origin())
        {
            OriginFile file = origin.Serve("/hang", 10);
            file.HangsBeforeHeaders = true;
            waiting = Client.GetAsync((string)file);
            Eventually.True(() => origin.Count("/hang") == 1, "the request came");
        }

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => waiting);
    }

    [Fact]
    public async Task It_puts_any_bytes_on_the_wire()
    {
        using var origin = new Origin();
        string url = origin.Raw("/raw", Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabcdef"));
        Assert.Equal("ab", await Client.GetStringAsync(url));
    }
}
