using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ProcessDedup.Tests.Harness;

/// <summary>A real HTTP server on loopback that counts what it is asked and misbehaves on order.</summary>
internal sealed class Origin : IDisposable
{
    private readonly WebApplication _server;
    private readonly ConcurrentDictionary<string, RequestDelegate> _handlers = new();
    private readonly ConcurrentQueue<OriginRequest> _requests = new();
    private readonly CancellationTokenSource _stopped = new();
    private int _isDisposed;

    public Origin()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(o =>
        {
            o.Listen(IPAddress.Loopback, 0);
            // A slow reader is not the origin's business here.
            o.Limits.MinResponseDataRate = null;
            o.Limits.MaxConcurrentConnections = null;
            o.AddServerHeader = false;
        });
        _server = builder.Build();
        _server.Run(AnswerAsync);
        _server.Start();
        string address = _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Root = new Uri(address);
    }

    /// <summary>http://127.0.0.1:PORT/</summary>
    public Uri Root { get; }

    /// <summary>Every request so far, in the order of their arrival.</summary>
    public IReadOnlyList<OriginRequest> Requests => [.. _requests];

    public IReadOnlyList<OriginRequest> RequestsTo(string path) => [.. _requests.Where(r => r.Path == path)];

    public int Count(string path) => _requests.Count(r => r.Path == path);

    public string Url(string path) => new Uri(Root, path).AbsoluteUri;

    /// <summary>Serves these bytes; the file that is returned can be told to misbehave, and stands for its URL.</summary>
    public OriginFile Serve(string path, byte[] body, string? etag = null) => Serve(path, new OriginBody(body), etag);

    /// <summary>Serves that many bytes, made from the seed as they are sent.</summary>
    public OriginFile Serve(string path, long length, int seed = 1, string? etag = null) =>
        Serve(path, new OriginBody(length, seed), etag);

    private OriginFile Serve(string path, OriginBody body, string? etag)
    {
        var file = new OriginFile(Url(path), body) { ETag = etag };
        _handlers[path] = context => new OriginAnswer(file, context, RequestOf(context), _stopped.Token).SendAsync();
        return file;
    }

    /// <summary>Answers with a redirect; the place may be relative, or of any scheme.</summary>
    public string Redirect(string path, string location, int status = 302) => Handle(path, context =>
    {
        context.Response.StatusCode = status;
        context.Response.Headers.Location = location;
        return Task.CompletedTask;
    });

    /// <summary>/r/1 leads to /r/2 and so on, without end; returns the first.</summary>
    public string RedirectForever() => Url("/r/1");

    /// <summary>Answers with exactly these bytes on the wire, whatever they are, and closes the connection.</summary>
    public string Raw(string path, byte[] wire) => Handle(path, async context =>
    {
        var transport = context.Features.Get<IConnectionTransportFeature>()!.Transport;
        await transport.Output.WriteAsync(wire);
        await transport.Output.CompleteAsync();
        await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
    });

    /// <summary>Whatever else is wanted.</summary>
    public string Handle(string path, RequestDelegate handler)
    {
        _handlers[path] = handler;
        return Url(path);
    }

    /// <summary>From now on the path is 404.</summary>
    public void Remove(string path) => _handlers.TryRemove(path, out _);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        _stopped.Cancel();
        using (var atOnce = new CancellationTokenSource(TimeSpan.Zero))
            _server.StopAsync(atOnce.Token).ContinueWith(_ => { }, TaskScheduler.Default).Wait();
        ((IDisposable)_server).Dispose();
        _stopped.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "/";
        var request = new OriginRequest(
            context.Request.Method, path, context.Request.QueryString.Value ?? string.Empty,
            context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        context.Items[typeof(OriginRequest)] = request;
        context.Response.OnStarting(() =>
        {
            request.Answer(context.Response.StatusCode);
            return Task.CompletedTask;
        });
        _requests.Enqueue(request);
        try
        {
            if (_handlers.TryGetValue(path, out RequestDelegate? handler))
                await handler(context);
            else if (path.StartsWith("/r/", StringComparison.Ordinal) && int.TryParse(path.AsSpan(3), out int n))
                context.Response.Redirect("/r/" + (n + 1).ToString(CultureInfo.InvariantCulture));
            else
                context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
    }

    private static OriginRequest RequestOf(HttpContext context) => (OriginRequest)context.Items[typeof(OriginRequest)]!;
}
