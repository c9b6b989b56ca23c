using System;
using System.Diagnostics;

namespace ProcessDedup.Bench.Contenders;

/// <summary>One of those that are compared, run in processes of its own.</summary>
/// <param name="Name">As the table shows it.</param>
/// <param name="Polls">True if its waiters sleep and look again; then a round must last long enough.</param>
/// <param name="StartInfo">How to start a worker for a lock file.</param>
internal sealed record Contender(string Name, bool Polls, Func<string, ProcessStartInfo> StartInfo)
{
    public const string CoreKind = "core";
    public const string RawKind = "raw";
    public const string RawOpenKind = "raw-open";

    /// <summary>proper-lockfile believes in a dead holder for 10 s, so some measures are cut short for it.</summary>
    public bool TrustsAge { get; init; }

    /// <summary>This program itself as a worker.</summary>
    public static ProcessStartInfo Self(string kind, string file) => Self([Worker.Verb, kind, file]);

    /// <summary>This program itself with these words.</summary>
    public static ProcessStartInfo Self(string[] words)
    {
        // "dotnet ProcessDedup.Bench.dll", or the program of that name.
        string program = Environment.ProcessPath!;
        bool isHosted = System.IO.Path.GetFileNameWithoutExtension(program) == "dotnet";
        return new ProcessStartInfo(program, isHosted ? [typeof(Contender).Assembly.Location, .. words] : words);
    }
}
