using System;
using System.Diagnostics;

namespace ProcessDedup.Bench.Contenders;

/// <summary>One of those that download, as a program.</summary>
/// <param name="Name">As the table shows it.</param>
/// <param name="StartInfo">
/// How to start it: what to get, a directory that those share that are to share, and its number among them.
/// </param>
internal sealed record Downloader(string Name, Func<Uri, string, int, ProcessStartInfo> StartInfo)
{
    /// <summary>Readies an empty directory, before anything is measured.</summary>
    public Action<string> Prepare { get; init; } = _ => { };

    /// <summary>Starts it with its answer to be read.</summary>
    public Process Start(Uri address, string directory, int number)
    {
        ProcessStartInfo start = StartInfo(address, directory, number);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        return Process.Start(start)!;
    }
}
