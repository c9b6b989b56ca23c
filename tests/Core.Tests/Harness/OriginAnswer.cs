using System;
using System.Globalization;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;

namespace ProcessDedup.Tests.Harness;

/// <summary>How the origin answers one request for one of its files.</summary>
internal sealed class OriginAnswer(OriginFile file, HttpContext context, OriginRequest request, CancellationToken stopped)
{
    private const int Chunk = 64 * 1024;

    private readonly HttpResponse _response = context.Response;

    public async Task SendAsync()
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopped, context.RequestAborted);
        if (file.HangsBeforeHeaders)
            await Task.Delay(Timeout.Infinite, ended.Token);
        if (file.TryTakeFailure(out (int Status, string? RetryAfter) failure))
        {
            _response.StatusCode = failure.Status;
            if (failure.RetryAfter is not null)
                _response.Headers.RetryAfter = failure.RetryAfter;
            _response.ContentType = "text/html";
            await _response.WriteAsync($"<html><body>Sorry, {failure.Status}</body></html>", ended.Token);
            return;
        }

        if (file.Login is { } login
            && request.Authorization != "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(login)))
        {
            _response.StatusCode = StatusCodes.Status401Unauthorized;
            _response.Headers.WWWAuthenticate = "Basic realm=\"origin\"";
            return;
        }

        Describe();
        OriginBody body = file.Body;
        if (IsUnchanged())
        {
            _response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        if (Begin(body.Length) is not { } start)
            return;
        await SendBodyAsync(body, start, ended.Token);
    }

    private void Describe()
    {
        if (file.ETag is not null)
            _response.Headers.ETag = file.ETag;
        if (file.LastModifiedText is { } modified)
            _response.Headers.LastModified = modified;
        if (file.CacheControl is not null)
            _response.Headers.CacheControl = file.CacheControl;
        if (file.ContentType is not null)
            _response.ContentType = file.ContentType;
        foreach ((string name, string value) in file.Headers)
            _response.Headers[name] = value;
    }

    private bool IsUnchanged() => context.Request.Headers.IfNoneMatch.ToString() is { Length: > 0 } tag
        ? tag == file.ETag
        // Not modified since then, whatever was modified before (RFC 9110 §13.1.3).
        : context.Request.GetTypedHeaders().IfModifiedSince is { } since && file.LastModified is { } modified && modified <= since;

    /// <summary>Status and length; returns the place where the body begins, null if there is none to send.</summary>
    private long? Begin(long length)
    {
        long start = 0;
        _response.StatusCode = file.Status;
        if (request.Range is { } range && file.Ranges != RangeAnswer.Ignored && IsVersionAsked())
        {
            // bytes=START- is all that is asked here.
            start = long.Parse(range.AsSpan("bytes=".Length, range.IndexOf('-') - "bytes=".Length), CultureInfo.InvariantCulture);
            if (start >= length || file.Ranges == RangeAnswer.Refused)
            {
                _response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
                _response.Headers.ContentRange = FormattableString.Invariant($"bytes */{length}");
                return null;
            }

            if (file.Ranges == RangeAnswer.WrongStart)
                start = start == 0 ? 1 : start - 1;
            long total = file.Ranges == RangeAnswer.WrongTotal ? length + 1 : length;
            _response.StatusCode = StatusCodes.Status206PartialContent;
            _response.Headers.ContentRange = FormattableString.Invariant($"bytes {start}-{total - 1}/{total}");
        }

        if (!file.Chunked)
            _response.ContentLength = file.AnnouncedLength ?? length - start;
        return start;
    }

    private bool IsVersionAsked()
    {
        string wanted = context.Request.Headers.IfRange.ToString();
        return wanted.Length == 0 || file.Ranges == RangeAnswer.IfRangeIgnored
            || wanted == file.ETag || wanted == file.LastModifiedText;
    }

    private async Task SendBodyAsync(OriginBody body, long start, CancellationToken ended)
    {
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        byte[] buffer = new byte[Chunk];
        long end = start + Math.Min(_response.ContentLength ?? long.MaxValue, body.Length - start);
        OriginGate? gate = file.Gate;
        await _response.StartAsync(ended);
        for (long at = start; ;)
        {
            if (gate is not null && at == gate.At)
            {
                await _response.Body.FlushAsync(ended);
                await gate.PassAsync(ended);
            }

            if (at == file.Cut && file.TakeCut())
            {
                await CutAsync(ended);
                return;
            }

            if (at == file.HangsAt)
            {
                await _response.Body.FlushAsync(ended);
                await Task.Delay(Timeout.Infinite, ended);
            }

            if (at >= end)
                break;
            int count = (int)Math.Min(Math.Min(Chunk, end - at), NextStop(at, gate) - at);
            body.Read(at, buffer.AsSpan(0, count));
            // Before they go: who has got the last of them may look at once.
            request.Sent(count);
            await _response.Body.WriteAsync(buffer.AsMemory(0, count), ended);
            at += count;
        }

        if (_response.ContentLength > end - start)
            await CutAsync(ended);
    }

    private long NextStop(long at, OriginGate? gate)
    {
        long next = long.MaxValue;
        foreach (long stop in new[] { gate?.At ?? next, file.Cut, file.HangsAt ?? next })
        {
            if (stop > at && stop < next)
                next = stop;
        }

        return next;
    }

    // What was sent before must arrive: an abort at once would throw it away with the connection.
    private async Task CutAsync(CancellationToken ended)
    {
        await _response.Body.FlushAsync(ended);
        var transport = context.Features.Get<Microsoft.AspNetCore.Connections.Features.IConnectionTransportFeature>()!.Transport;
        await transport.Output.CompleteAsync();
        await Task.Delay(Timeout.Infinite, ended);
    }
}
