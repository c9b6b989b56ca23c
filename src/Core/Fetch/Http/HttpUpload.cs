using System;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Platform;

namespace ProcessDedup.Fetch.Http;

/// <summary>Sends a file by PUT. Redirects are not followed: what is written belongs where it was meant to go.</summary>
internal static class HttpUpload
{
    // Below this much asking first (RFC 9110 §10.1.1) takes longer than sending in vain.
    private const int WorthAsking = 1 << 20;
    private const int BufferSize = 1 << 17;

    /// <summary>The answer, whatever its status. The caller disposes of it.</summary>
    /// <exception cref="HttpAttemptException">No answer came.</exception>
    /// <exception cref="OperationCanceledException">The caller wants no more.</exception>
    public static HttpExchange Put(
        HttpSource source, HttpLimits limits, string file, string contentType, Action<long> advance, CancellationToken cancelled)
    {
        var watch = new InactivityWatch(limits.InactivityTimeout, limits.Deadline, cancelled);
        try
        {
            using var content = SourceFile.OpenStream(file);
            using HttpRequestMessage request = HttpSender.Request(HttpMethod.Put, source, source.Uri, isHome: true, []);
            request.Content = new WatchedContent(content, watch, advance);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
            if (content.Length >= WorthAsking)
                request.Headers.ExpectContinue = true;
            HttpResponseMessage response = HttpClients.For(source.Proxy, limits.ConnectTimeout, source.Access)
                .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, watch.Token).GetAwaiter().GetResult();
            watch.Moved();
            return new HttpExchange(response, source.Uri, DateTimeOffset.UtcNow, watch, cancelled);
        }
        catch (Exception e)
        {
            Exception? failure = HttpExchange.IsOfTransport(e)
                ? HttpExchange.Failure(e, watch, source.Uri, hasHead: false, cancelled)
                : null;
            watch.Dispose();
            if (failure is not null)
                throw failure;
            throw;
        }
    }

    /// <summary>A file on its way, whose progress keeps the transfer from counting as stalled.</summary>
    private sealed class WatchedContent(FileStream file, InactivityWatch watch, Action<long> advance) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            byte[] buffer = new byte[BufferSize];
            // From the beginning, as the client may send it again on another connection.
            file.Position = 0;
            while (file.Read(buffer, 0, buffer.Length) is int read and > 0)
            {
                watch.Token.ThrowIfCancellationRequested();
                await stream.WriteAsync(buffer.AsMemory(0, read), watch.Token).ConfigureAwait(false);
                watch.Moved();
                advance(read);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = file.Length;
            return true;
        }
    }
}
