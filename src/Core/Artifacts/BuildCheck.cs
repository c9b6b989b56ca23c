using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Artifacts;

/// <summary>Is what a build left fit to be published? Asked when it has ended well.</summary>
internal static class BuildCheck
{
    private const int MostTold = 3;

    /// <exception cref="FetchException"><see cref="FetchError.BuildUnclean"/></exception>
    public static void Check(BuildPlace build, StagingDirectory place)
    {
        (string name, string directory) = (build.Name, build.Directory);
        if (!FileSystem.TryGetFacts(directory, out FileFacts facts) || facts.Type != FileType.Directory)
            throw FetchFailures.BuildLostItsDirectory(name);
        foreach (string beside in Directory.EnumerateFileSystemEntries(place.Path))
        {
            if (beside != directory && beside != build.Logs)
                throw FetchFailures.BuildWroteBeside(name, beside);
        }

        if (!Directory.EnumerateFileSystemEntries(directory).Any())
            throw FetchFailures.BuildMadeNothing(name);
        RefuseWriters(name, directory);
    }

    /// <exception cref="FetchException"><see cref="FetchError.BuildUnclean"/>: a file is open, or mapped, for writing.</exception>
    public static void RefuseWriters(string name, string directory)
    {
        List<string> writers = ProcOpenFiles.FindWriters(directory).Select(writer => Message.Of(
            Key.ReasonByPid, writer.Path.Substring(RealPath.Of(directory).Length + 1), writer.ProcessId,
            RedactedCommandLine.TryOf(writer.ProcessId) ?? Message.Of(Key.ReasonGoneByNow))).Distinct().ToList();
        if (writers.Count > 0)
            throw FetchFailures.BuildStillOpen(name, writers.Count <= MostTold ? writers
                : [.. writers.Take(MostTold), Message.Of(Key.ReasonAndMoreOfThem, writers.Count - MostTold)]);
    }
}
