using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch.Http;

/// <summary>
/// Connects to a name's addresses as RFC 8305 (Happy Eyeballs) says: .NET tries one after the other within one limit, and a dead
/// AAAA record uses it up (dotnet/runtime#26177).
/// </summary>
/// <param name="limit">Longest time for all addresses together; zero for ever.</param>
internal sealed class HostConnector(TimeSpan limit)
{
    // "Connection Attempt Delay": the value that RFC 8305 §5 recommends.
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(250);

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancelled)
    {
        DnsEndPoint host = context.DnsEndPoint;
        IPAddress[] addresses = IPAddress.TryParse(host.Host, out IPAddress? literal)
            ? [literal]
            : await Dns.GetHostAddressesAsync(host.Host, cancelled).ConfigureAwait(false);
        Socket socket = await ConnectAsync(addresses, host.Port, cancelled).ConfigureAwait(false);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>The first connection that comes about; the others are given up.</summary>
    /// <exception cref="IOException">None did; the message has the reason of each.</exception>
    public async Task<Socket> ConnectAsync(IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancelled)
    {
        Queue<IPAddress> waiting = new(Alternating(addresses));
        var running = new Dictionary<Task<Socket>, IPAddress>();
        var failures = new List<string>();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        if (limit > TimeSpan.Zero)
            over.CancelAfter(limit);
        try
        {
            for (; ; )
            {
                if (waiting.TryDequeue(out IPAddress? address))
                    running.Add(AttemptAsync(new IPEndPoint(address, port), over.Token), address);
                else if (running.Count == 0)
                    throw new IOException(string.Join("; ", failures));
                Task pause = Task.Delay(waiting.Count > 0 ? Delay : Timeout.InfiniteTimeSpan, over.Token);
                Task first = await Task.WhenAny(running.Keys.Append(pause)).ConfigureAwait(false);
                cancelled.ThrowIfCancellationRequested();
                if (over.IsCancellationRequested)
                    throw new IOException(LateMessage(failures, running.Values, port));
                if (first is not Task<Socket> attempt)
                    continue;
                running.Remove(attempt, out IPAddress? tried);
                if (attempt.IsCompletedSuccessfully)
                    return attempt.Result;
                failures.Add(Failed(tried!, port, attempt.Exception?.GetBaseException().Message, addresses.Count));
            }
        }
        finally
        {
            over.Cancel();
            foreach (Task<Socket> late in running.Keys)
                _ = late.ContinueWith(Close, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private string LateMessage(List<string> failures, IEnumerable<IPAddress> open, int port) => string.Join("; ", failures.Append(Message.Of(
        Key.ReasonNotConnectedWithin, string.Join(", ", open.Select(a => new IPEndPoint(a, port))), limit.TotalSeconds)));

    private static string Failed(IPAddress address, int port, string? why, int count) =>
        count == 1 ? why ?? string.Empty : $"{new IPEndPoint(address, port)}: {why}";

    // The resolver's first address first, then the families in turn (§4).
    private static IEnumerable<IPAddress> Alternating(IReadOnlyList<IPAddress> addresses)
    {
        AddressFamily first = addresses.Count > 0 ? addresses[0].AddressFamily : default;
        IPAddress[] same = [.. addresses.Where(a => a.AddressFamily == first)];
        IPAddress[] other = [.. addresses.Where(a => a.AddressFamily != first)];
        for (int i = 0; i < Math.Max(same.Length, other.Length); i++)
        {
            if (i < same.Length)
                yield return same[i];
            if (i < other.Length)
                yield return other[i];
        }
    }

    private static async Task<Socket> AttemptAsync(IPEndPoint place, CancellationToken cancelled)
    {
        var socket = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(place, cancelled).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void Close(Task<Socket> late)
    {
        if (late.IsCompletedSuccessfully)
            late.Result.Dispose();
        else
            _ = late.Exception;
    }
}
