using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Once;
using ProcessDedup.Platform;

namespace ProcessDedup.Artifacts;

/// <summary>A build that is a command: it finds the directory to fill in PROCESSDEDUP_OUT.</summary>
public static class BuildingCommand
{
    /// <summary>The variable that names the directory.</summary>
    public const string OutVariable = "PROCESSDEDUP_OUT";

    /// <summary>The variable that names where the product will be, for what bakes its own path into it.</summary>
    public const string FinalVariable = "PROCESSDEDUP_FINAL";

    private const int ShownLines = 20;
    private const int MostShown = 8 * 1024;

    /// <summary>Runs the command. It keeps the lock should this process be killed, so that two never run at once.</summary>
    /// <param name="command">The program, looked up on PATH, and its arguments.</param>
    /// <param name="place">What it is to fill.</param>
    /// <param name="log">Gets what it prints, both streams, as it comes.</param>
    /// <param name="cancellation">Signals are passed on to the command; if it was ended by one, nothing is published.</param>
    /// <exception cref="FetchException"><see cref="FetchError.ProducerFailed"/>: another exit code than 0.</exception>
    public static void Run(IReadOnlyList<string> command, BuildPlace place, Stream log, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(place);
        FileSystem.CreatePrivateDirectory(place.Logs);
        int code = RecordedCommand.Run(command, place.Logs, place.Lease, log, log, start =>
        {
            start.Environment[OutVariable] = place.Directory;
            start.Environment[FinalVariable] = place.Final;
        }, () => place.Printed());
        RecordedCommand.ThrowIfInterrupted(code, cancellation);
        if (code != 0)
            throw FetchFailures.BuildCommandFailed(place.Name, code, RedactedCommandLine.OfOutput(Tail(place.Logs), command));
    }

    /// <summary>The end of what it printed: errors first, as people look for them.</summary>
    private static string Tail(string logs)
    {
        foreach (string name in new[] { RecordedCommand.Error, RecordedCommand.Output })
        {
            using FileStream file = File.OpenRead(Path.Combine(logs, name));
            file.Seek(-Math.Min(file.Length, MostShown), SeekOrigin.End);
            using var reader = new StreamReader(file);
            IEnumerable<string> lines = reader.ReadToEnd().Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0);
            if (string.Join(" | ", lines.Reverse().Take(ShownLines).Reverse()) is { Length: > 0 } said)
                return said;
        }

        return string.Empty;
    }
}
