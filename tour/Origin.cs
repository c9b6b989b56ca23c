using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace ProcessDedup.Tour;

/// <summary>An HTTP server on loopback that has one file, and counts who asks for it.</summary>
internal sealed class Origin : IAsyncDisposable
{
    /// <summary>Bytes in a fifth of a second: two minutes for half of 10 MB.</summary>
    private const int Trickle = 8192;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _content;
    private readonly Task _loop;
    private int _requests;

    public Origin(string name, byte[] content)
    {
        _content = content;
        _listener.Start();
        Url = $"http://{_listener.LocalEndpoint}/{name}";
        _loop = ServeAsync();
    }

    public string Url { get; }

    /// <summary>How many GETs have come.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Until then the second half of an answer trickles, as over a slow line.</summary>
    public void Hurry() => _hurry.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _loop;
        _end.Dispose();
    }

    private async Task ServeAsync()
    {
        var answers = new List<Task>();
        try
        {
            while (true)
                answers.Add(AnswerAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(answers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using TcpClient connection = client;
        NetworkStream stream = connection.GetStream();
        await ReadRequestAsync(stream);
        Interlocked.Increment(ref _requests);
        string head = $"HTTP/1.1 200 OK\r\nContent-Length: {_content.Length}\r\nContent-Type: application/zip\r\n"
            + "Cache-Control: max-age=3600\r\nETag: \"1\"\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), _end.Token);
        ReadOnlyMemory<byte> rest = _content;
        await SendAsync(_content.Length / 2);
        // A client that gets nothing for a minute asks again.
        while (!_hurry.Task.IsCompleted && rest.Length > Trickle)
        {
            await Task.WhenAny(_hurry.Task, Task.Delay(TimeSpan.FromMilliseconds(200), _end.Token));
            await SendAsync(Trickle);
        }

        await SendAsync(rest.Length);

        async Task SendAsync(int length)
        {
            await stream.WriteAsync(rest[..length], _end.Token);
            rest = rest[length..];
        }
    }

    /// <summary>Reads up to the empty line; a GET has nothing after it.</summary>
    private async Task ReadRequestAsync(NetworkStream stream)
    {
        var request = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (!request.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            int read = await stream.ReadAsync(buffer, _end.Token);
            if (read == 0)
                return;
            request.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
    }
}
