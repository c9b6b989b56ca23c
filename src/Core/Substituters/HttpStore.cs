using System;
using System.IO;
using System.Net.Http;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Messages;
using ProcessDedup.Retry;

namespace ProcessDedup.Substituters;

/// <summary>
/// Files below an http(s) address: GET and HEAD by everybody, PUT where the server takes it (WebDAV as nginx has it, or
/// any that makes what is missing of a path).
/// </summary>
internal sealed class HttpStore(Uri root, SubstituterOptions options, string cacheDirectory) : ISubstituterStore
{
    private readonly HostEmbargo _embargo = new(cacheDirectory);

    // For what is small, all of it: who sends a byte now and then is as dead as who sends none.
    private HttpLimits ShortLimits => new()
    {
        ConnectTimeout = options.ConnectTimeout,
        InactivityTimeout = options.ConnectTimeout,
        Deadline = Deadline.After(options.ConnectTimeout),
        OnCooldown = CooldownAction.Fail,
    };

    private HttpLimits LongLimits => new()
    {
        ConnectTimeout = options.ConnectTimeout,
        InactivityTimeout = options.StallTimeout,
        OnCooldown = CooldownAction.Fail,
    };

    public byte[]? TryRead(string path, int largest, CancellationToken cancelled) => Ask(path, HttpMethod.Get, ShortLimits, exchange =>
    {
        using var content = new MemoryStream();
        byte[] buffer = new byte[8192];
        while (exchange.Read(buffer, buffer.Length) is int read and > 0)
        {
            content.Write(buffer, 0, read);
            if (content.Length > largest)
                throw SubstituterFault.Artifact(Message.Of(Key.ReasonRecordIsFarTooLong));
        }

        return exchange.Head.Length is { } length && length != content.Length
            ? throw SubstituterFault.Artifact(Message.Of(Key.ReasonRecordWasCutOff))
            : content.ToArray();
    }, cancelled);

    public bool TryReceive(string path, PackReceiver receiver, CancellationToken cancelled) => Ask(path, HttpMethod.Get, LongLimits, exchange =>
    {
        for (byte[] buffer = receiver.Buffer; exchange.Read(buffer, buffer.Length) is int read and > 0; buffer = receiver.Buffer)
            receiver.Submit(read);
        return (bool?)true;
    }, cancelled) == true;

    public long? TrySize(string path, CancellationToken cancelled)
    {
        try
        {
            return Ask(path, HttpMethod.Head, ShortLimits, exchange => exchange.Head.Length, cancelled);
        }
        catch (SubstituterFault e) when (e.Error is FetchError.SubstituterRefused)
        {
            // Not every server knows HEAD.
            return null;
        }
    }

    public void Put(string path, string file, Action<long> advance, CancellationToken cancelled)
    {
        HttpSource source = SourceOf(path);
        string type = path.EndsWith(".json", StringComparison.Ordinal) ? "application/json" : "application/octet-stream";
        Guarded(() =>
        {
            using HttpExchange exchange = HttpUpload.Put(source, LongLimits, file, type, advance, cancelled);
            int status = exchange.Head.Status;
            if (status is 200 or 201 or 204)
                return true;
            string advice = status switch
            {
                405 or 501 => Message.Of(Key.ReasonTakesNoPut),
                409 or 500 => Message.Of(Key.ReasonPerhapsItMayNotMakeMissing),
                413 => Message.Of(Key.ReasonAllowsLess),
                _ => string.Empty,
            };
            HttpAttemptException failure = HttpStatusFailure.Of(exchange, source);
            // Those who read are answered all the same after 500 and the like.
            throw failure.IsBusy || status is 502 or 504 ? SubstituterFault.Dead(failure.Message + advice) : SubstituterFault.Refused(failure.Message + advice);
        });
    }

    private HttpSource SourceOf(string path) => new(new Uri(root, path));

    /// <summary>Null if it is not there: to those who may not know what there is, many say 403 instead of 404.</summary>
    private T? Ask<T>(string path, HttpMethod method, HttpLimits limits, Func<HttpExchange, T?> take, CancellationToken cancelled)
    {
        HttpSource source = SourceOf(path);
        return Guarded(() =>
        {
            using HttpExchange exchange = new HttpSender(source, limits, _embargo, cancelled).Send(_ => [], method);
            return exchange.Head.Status switch
            {
                200 or 203 => take(exchange),
                404 or 410 => default,
                403 when exchange.Head["Retry-After"] is null => default,
                _ => throw HttpStatusFailure.Of(exchange, source),
            };
        });
    }

    private static T Guarded<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (HttpAttemptException e)
        {
            throw e.Error switch
            {
                FetchError.FetchConnectionFailed or FetchError.FetchStalled or FetchError.FetchTimedOut or FetchError.FetchRateLimited =>
                    SubstituterFaultOf(e),
                FetchError.FetchHttpStatus when e.Status >= 500 => SubstituterFaultOf(e),
                FetchError.FetchHttpStatus or FetchError.FetchAccessDenied => SubstituterFault.Refused(e.Message, e),
                _ => SubstituterFault.Artifact(e.Message, e),
            };
        }
        catch (FetchException e) when (e.Error == FetchError.FetchRateLimited)
        {
            throw SubstituterFault.Dead(Message.Of(Key.ReasonHostWantsToBeLeftAlone), e);
        }
    }

    private static SubstituterFault SubstituterFaultOf(HttpAttemptException e) => SubstituterFault.Dead(e.Message, e, e.RetryAfter);

    public void Dispose()
    {
        // Connections are kept for the next one, see HttpClients.
    }
}
