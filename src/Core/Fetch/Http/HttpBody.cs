using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Http;

/// <summary>
/// One attempt after the other to get a body into a part. What an attempt leaves the next one continues, if the origin
/// can tell that it is still the same (RFC 9110 §13.1.5, §14).
/// </summary>
internal sealed class HttpBody(
    HttpSource source,
    HttpLimits limits,
    HttpMetadata? validators,
    PartialDownload part,
    ContentHasher hasher,
    ITransferObserver observer,
    CancellationToken cancelled)
{
    private static readonly Dictionary<string, ContentHash> NoHashes = [];

    // An address may hold secrets; this does not tell them.
    private readonly string _sourceHash = ContentHash.HexOf(source.Uri.AbsoluteUri);
    private bool _mayResume = true;
    private long _inherited = part.Length;

    /// <exception cref="HttpAttemptException">This attempt failed.</exception>
    /// <exception cref="FetchException">The body cannot be stored.</exception>
    public HttpAnswer Fetch(HttpSender sender)
    {
        PartialState? state = _mayResume && part.IsResumable && part.State!.Source == _sourceHash ? part.State : null;
        long have = state is null ? 0 : part.Length;
        using (HttpExchange exchange = sender.Send(uri => Conditions(uri, state, have)))
        {
            HttpHead head = exchange.Head;
            var metadata = HttpMetadata.From(head, source.Uri, exchange.RedirectLifetime);
            // A 304 for something else than the caller has (RFC 9111 §4.3.4): only the whole helps.
            if (head.Status == 304 && validators?.ETag is { } had && metadata.ETag is { } confirmed && Opaque(had) != Opaque(confirmed))
            {
                validators = null;
                return Fetch(sender);
            }

            if (head.Status == 304 && validators is not null)
                return new HttpAnswer(true, validators.MergedWith(metadata), 0, NoHashes, 0, 1, exchange.Begun);
            if (head.Status is 200 or 203)
            {
                _inherited = 0;
                if (ContentCoding.Of(head, metadata.FileName) is { Count: > 0 } codings)
                    return ReceiveCoded(exchange, metadata, codings);
                return Receive(exchange, metadata, 0, head.Length);
            }

            if (state is null || head.Status is not (206 or 416))
                throw HttpStatusFailure.Of(exchange, source);
            HttpMetadata merged = metadata with
            {
                ETag = metadata.ETag ?? state.ETag,
                LastModified = metadata.LastModified ?? state.LastModified,
            };
            if (head.Status == 206 && Continues(head, state, have))
                return Receive(exchange, merged, have, head.ContentRange.Total ?? state.Total ?? have + head.Length);
            if (head.Status == 416 && head.ContentRange.Total == have && (state.Total ?? have) == have && IsSame(head, state))
                return Complete(exchange, merged, have);
        }

        // The origin has something else by now, or cannot count. Not a failure: the whole is asked for.
        _mayResume = false;
        part.Discard();
        return Fetch(sender);
    }

    // Weak comparison (RFC 9110 §8.8.3.2).
    private static string Opaque(string tag) => tag.StartsWith("W/", StringComparison.Ordinal) ? tag.Substring(2) : tag;

    private List<KeyValuePair<string, string>> Conditions(Uri uri, PartialState? state, long have)
    {
        var conditions = new List<KeyValuePair<string, string>>();
        // A mirror, or whatever a redirect leads to today, would confirm what it does not have.
        if (validators?.IsFrom(uri) == true)
        {
            if (validators.ETag is { } tag)
                conditions.Add(new("If-None-Match", tag));
            if (validators.LastModified is { } modified)
                conditions.Add(new("If-Modified-Since", modified));
        }

        if (state?.Answerer == HttpMetadata.AnswererOf(uri, state?.ETag is not null))
        {
            conditions.Add(new("Range", string.Format(CultureInfo.InvariantCulture, "bytes={0}-", have)));
            conditions.Add(new("If-Range", state!.Validator!));
        }

        return conditions;
    }

    private static bool Continues(HttpHead head, PartialState state, long have)
    {
        (long? start, long? total) = head.ContentRange;
        return start == have && head["Content-Encoding"] is null or "identity" && (total is null || state.Total is null || total == state.Total) && IsSame(head, state);
    }

    // Some ignore If-Range.
    private static bool IsSame(HttpHead head, PartialState state) => state.ETag is not null
        ? head["ETag"] is null || head["ETag"] == state.ETag
        : head["Last-Modified"] is null || head["Last-Modified"] == state.LastModified;

    private HttpAnswer Receive(HttpExchange exchange, HttpMetadata metadata, long from, long? total)
    {
        if (total > limits.MaxBytes)
            throw TooLarge(total.Value);
        if (from == 0)
        {
            hasher.Reset();
            part.Begin(new PartialState(
                _sourceHash, HttpMetadata.AnswererOf(exchange.Head.Uri, metadata.StrongETag is not null), metadata.StrongETag,
                metadata.StrongETag is null ? metadata.StrongLastModified : null, total, MachineMoment.Now));
        }
        else
        {
            CatchUp(exchange, from);
        }

        observer.Begin(total, from);
        long length = from + Transfer((buffer, _, count) => exchange.Read(buffer, count), from, total - from);
        if (total is not null && length != total)
        {
            throw new HttpAttemptException(
                FetchError.FetchTruncated,
                Message.Of(Key.ReasonBytesCameInsteadOf, length, total), true);
        }

        return Answer(exchange, metadata, length);
    }

    /// <summary>A body that is not the file: decoded as it comes, and from the start the next time.</summary>
    private HttpAnswer ReceiveCoded(HttpExchange exchange, HttpMetadata metadata, IReadOnlyList<string> codings)
    {
        hasher.Reset();
        part.Begin(new PartialState(_sourceHash, HttpMetadata.AnswererOf(exchange.Head.Uri, hasTag: false), null, null, null, MachineMoment.Now));
        observer.Begin(null, 0);
        using var raw = new ExchangeStream(exchange);
        try
        {
            using Stream file = ContentCoding.Decode(raw, codings, source.Display, cancelled);
            long length = Transfer(file.Read, 0, null);
            if (exchange.Head.Length is { } announced && raw.Received < announced)
                throw new HttpAttemptException(FetchError.FetchTruncated, Message.Of(Key.ReasonBytesCameInsteadOf, raw.Received, announced), true);
            return Answer(exchange, metadata, length);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or EndOfStreamException or ZstdSharp.ZstdException or ICSharpCode.SharpZipLib.SharpZipBaseException)
        {
            throw new HttpAttemptException(FetchError.FetchTruncated, Message.Of(Key.ReasonContentCodingIsDamaged, codings[0]), true, e);
        }
    }

    private long Transfer(Func<byte[], int, int, int> read, long from, long? expected)
    {
        long received = 0;
        using PartialWriter writer = part.OpenWriter();
        using var hashing = new HashingThread(hasher, expected);
        for (; ; )
        {
            byte[] buffer = hashing.Buffer;
            int count = read(buffer, 0, buffer.Length);
            if (count == 0)
                return received;
            received += count;
            if (from + received > limits.MaxBytes)
                throw TooLarge(from + received);
            writer.Write(buffer, count);
            hashing.Submit(count);
            observer.Advance(count);
        }
    }

    private HttpAnswer Complete(HttpExchange exchange, HttpMetadata metadata, long length)
    {
        if (length > limits.MaxBytes)
            throw TooLarge(length);
        CatchUp(exchange, length);
        observer.Begin(length, length);
        return Answer(exchange, metadata, length);
    }

    private HttpAnswer Answer(HttpExchange exchange, HttpMetadata metadata, long length) =>
        new(false, metadata, length, hasher.Finish(), _inherited, 1, exchange.Begun);

    private void CatchUp(HttpExchange exchange, long length)
    {
        try
        {
            hasher.CatchUp(part.DataPath, length, exchange.Moved);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FetchFailures.FromPlatform(
                part.DataPath, new PlatformException(PlatformFault.Other, "read", part.DataPath, e.HResult, e.Message));
        }
    }

    private static HttpAttemptException TooLarge(long bytes) => new(
        FetchError.FetchTooLarge,
        Message.Of(Key.ReasonHasBytesOrMoreWhichIs, bytes), false);
}
