using System;
using System.Collections.Concurrent;
using System.Globalization;
using System.Threading;

namespace ProcessDedup.Tests.Harness;

/// <summary>What the origin does with Range.</summary>
internal enum RangeAnswer
{
    /// <summary>As RFC 9110 says, If-Range included.</summary>
    Honoured,

    /// <summary>200 with everything.</summary>
    Ignored,

    /// <summary>206 with bytes from another place than asked, and saying so.</summary>
    WrongStart,

    /// <summary>206 that claims another total.</summary>
    WrongTotal,

    /// <summary>206 although If-Range names a version that is no more.</summary>
    IfRangeIgnored,

    /// <summary>416 whatever is asked.</summary>
    Refused,
}

/// <summary>One thing that the origin serves, and how it misbehaves. Everything may be changed while it runs.</summary>
internal sealed class OriginFile(string url, OriginBody body)
{
    private readonly ConcurrentQueue<(int Status, string? RetryAfter)> _failures = new();
    private int _cuts;

    public string Url { get; } = url;

    public OriginBody Body { get; set; } = body;

    /// <summary>With its quotation marks: "\"v1\"".</summary>
    public string? ETag { get; set; }

    public DateTimeOffset? LastModified { get; set; }

    public string? CacheControl { get; set; }

    public string? ContentType { get; set; }

    /// <summary>Any other headers; these win over all above.</summary>
    public ConcurrentDictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The status instead of 200; the body is sent all the same.</summary>
    public int Status { get; set; } = 200;

    public RangeAnswer Ranges { get; set; }

    /// <summary>No Content-Length.</summary>
    public bool Chunked { get; set; }

    /// <summary>Announced instead of the true length; if it is larger, the connection is closed after the body.</summary>
    public long? AnnouncedLength { get; set; }

    /// <summary>Never answers.</summary>
    public bool HangsBeforeHeaders { get; set; }

    /// <summary>Sends nothing after this many bytes of the body, and keeps the connection.</summary>
    public long? HangsAt { get; set; }

    /// <summary>Answers stop there until the test opens it.</summary>
    public OriginGate? Gate { get; set; }

    /// <summary>The connection is cut at this byte of the body, as often as <see cref="CutAt"/> was told.</summary>
    public long Cut { get; private set; } = long.MaxValue;

    /// <summary>"user:password" that has to come as Basic authentication; 401 otherwise.</summary>
    public string? Login { get; set; }

    /// <summary>The next answers are this status, with an HTML page.</summary>
    public OriginFile FailNext(int times, int status, string? retryAfter = null)
    {
        for (int i = 0; i < times; i++)
            _failures.Enqueue((status, retryAfter));
        return this;
    }

    /// <summary>Cuts the next answers when they come to this byte of the body.</summary>
    public OriginFile CutAt(long offset, int times = int.MaxValue)
    {
        Cut = offset;
        Volatile.Write(ref _cuts, times);
        return this;
    }

    internal bool TakeCut()
    {
        if (Interlocked.Decrement(ref _cuts) >= 0)
            return true;
        Volatile.Write(ref _cuts, 0);
        return false;
    }

    internal bool TryTakeFailure(out (int Status, string? RetryAfter) failure) => _failures.TryDequeue(out failure);

    internal string? LastModifiedText =>
        LastModified?.ToUniversalTime().ToString("r", CultureInfo.InvariantCulture);

    public override string ToString() => Url;

    public static implicit operator string(OriginFile file) => file.Url;
}
