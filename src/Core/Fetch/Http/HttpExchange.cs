using System;
using System.IO;
using System.Net.Http;
using System.Security.Authentication;
using System.Threading;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Fetch.Http;

/// <summary>A request that has been answered: its head, and its body to be read on the caller's thread.</summary>
internal sealed class HttpExchange : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly InactivityWatch _watch;
    private readonly CancellationToken _cancelled;
    private readonly CancellationTokenRegistration _guard;
    private Stream? _body;

    public HttpExchange(HttpResponseMessage response, Uri uri, DateTimeOffset begun, InactivityWatch watch, CancellationToken cancelled)
    {
        _response = response;
        _watch = watch;
        _cancelled = cancelled;
        Head = new HttpHead(response, uri);
        Begun = begun;
        _guard = watch.Guard(response);
    }

    public HttpHead Head { get; }

    /// <summary>As which user it was asked, see <see cref="HostEmbargo.IdentityOf"/>.</summary>
    public string Identity { get; init; } = string.Empty;

    /// <summary>When the first request was begun that led here.</summary>
    public DateTimeOffset Begun { get; }

    /// <summary>How long the redirects that led here stay as they are; null: no limit, or none led here.</summary>
    public TimeSpan? RedirectLifetime { get; set; }

    /// <summary>Tells that work goes on although nothing is read.</summary>
    public void Moved() => _watch.Moved();

    /// <summary>The next bytes of the body; 0 at its end.</summary>
    /// <exception cref="HttpAttemptException">It broke off, or nothing comes any more.</exception>
    /// <exception cref="OperationCanceledException">The caller wants no more.</exception>
    public int Read(byte[] buffer, int count)
    {
        try
        {
            // On this thread with a large buffer: asynchronous reads of 80 KB are half as fast.
            _body ??= Open();
            int read = _body.Read(buffer, 0, count);
            // Nothing but an end that this side made may look like the end of the body.
            if (read == 0 && _watch.Token.IsCancellationRequested)
                throw new IOException(Message.Of(Key.ReasonEndedByThisSide));
            _watch.Moved();
            return read;
        }
        catch (Exception e) when (IsOfTransport(e))
        {
            throw Failure(e, _watch, Head.Uri, hasHead: true, _cancelled);
        }
    }

    private Stream Open() => _response.Content.ReadAsStream(_watch.Token);

    public void Dispose()
    {
        _guard.Dispose();
        _response.Dispose();
        _watch.Dispose();
    }

    public static bool IsOfTransport(Exception e) => e is HttpRequestException or IOException or OperationCanceledException
        or ObjectDisposedException or InvalidOperationException;

    /// <summary>What an error of the transport means.</summary>
    public static Exception Failure(Exception e, InactivityWatch watch, Uri uri, bool hasHead, CancellationToken cancelled)
    {
        if (cancelled.IsCancellationRequested)
            return new OperationCanceledException(cancelled);
        if (watch.IsStalled)
            return new HttpAttemptException(FetchError.FetchStalled, hasHead
                ? Message.Of(Key.ReasonBodyStoppedComing) : Message.Of(Key.ReasonNoAnswerCame), true, e);
        if (watch.IsTooLate)
            return new HttpAttemptException(FetchError.FetchTimedOut, Message.Of(Key.ReasonNotDoneWithinTimeAllowed), false, e);
        if (hasHead && IsEarlyEnd(e))
            return new HttpAttemptException(FetchError.FetchTruncated, Message.Of(Key.ReasonConnectionWasClosedBeforeEndOf), true, e);
        if (e is HttpRequestException { StatusCode: System.Net.HttpStatusCode.ProxyAuthenticationRequired })
            return new HttpAttemptException(FetchError.FetchAccessDenied, Message.Of(Key.ReasonProxyWantsLogin), false, e) { Status = 407 };
        // A certificate that is not trusted will not be so a second later.
        bool isUntrusted = e.InnerException is AuthenticationException;
        return new HttpAttemptException(FetchError.FetchConnectionFailed, Reason(e), !isUntrusted, e) { IsUntrusted = isUntrusted };
    }

    private static bool IsEarlyEnd(Exception e)
    {
        for (Exception? cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded })
                return true;
        }

        return false;
    }

    // "An error occurred while sending the request" says nothing; what lies below it does.
    private static string Reason(Exception e)
    {
        // .NET says "The operation was canceled" when its own time to connect is over; nobody has cancelled anything.
        if (e is OperationCanceledException)
            return Message.Of(Key.ReasonNoConnectionInTime);
        Exception cause = e;
        while (cause.InnerException is not null && cause is HttpRequestException or IOException)
            cause = cause.InnerException ?? cause;
        return RedactedCommandLine.Sanitize(cause.Message).TrimEnd('.', ' ');
    }
}
