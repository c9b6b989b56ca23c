using System;
using System.Collections.Generic;
using System.Threading;

namespace ProcessDedup.Tests.Harness;

/// <summary>One request as the origin saw it; status and bytes grow while it is answered.</summary>
internal sealed class OriginRequest(string method, string path, string query, IReadOnlyDictionary<string, string> headers)
{
    private long _bytesSent;
    private int _status;

    public string Method { get; } = method;

    public string Path { get; } = path;

    /// <summary>With its question mark; empty if there is none.</summary>
    public string Query { get; } = query;

    /// <summary>Names without regard to case.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; } = headers;

    public string? Range => Headers.GetValueOrDefault("Range");

    public string? Authorization => Headers.GetValueOrDefault("Authorization");

    /// <summary>What was answered; 0 until then.</summary>
    public int Status => Volatile.Read(ref _status);

    /// <summary>Bytes of the body that were handed to the connection.</summary>
    public long BytesSent => Interlocked.Read(ref _bytesSent);

    internal void Answer(int status) => Volatile.Write(ref _status, status);

    internal void Sent(int bytes) => Interlocked.Add(ref _bytesSent, bytes);

    public override string ToString() =>
        FormattableString.Invariant($"{Method} {Path}{Query} {Range} -> {Status}, {BytesSent} bytes");
}
