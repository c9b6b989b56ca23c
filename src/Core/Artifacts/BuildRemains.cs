using System;
using System.Collections.Generic;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Artifacts;

/// <summary>
/// Takes what a build made out of the reach of the processes that it leaves behind. Its path is what they know: it is given
/// another name first. What they hold of it besides, by then, /proc shows: an open file is refused, and of a directory that
/// somebody works in a copy is published.
/// </summary>
internal static class BuildRemains
{
    /// <summary>Gives the directory that is to be published.</summary>
    /// <param name="name">What was built, as people know it.</param>
    /// <param name="directory">What it was told to fill; gone afterwards.</param>
    /// <param name="place">The private place around it.</param>
    /// <param name="activity">Is told of processes that were left behind.</param>
    /// <param name="cancellation">Ends the copy.</param>
    /// <exception cref="FetchException"><see cref="FetchError.BuildUnclean"/>: a file is open for writing.</exception>
    public static string TakeAway(string name, string directory, StagingDirectory place, FetchActivity activity, CancellationToken cancellation)
    {
        // Windows renames nothing that is in use: publishing fails there.
        if (OperatingSystemKind.IsWindows)
            return directory;
        string apart = place.File(Guid.NewGuid().ToString("N"));
        Publishing.RenameOnly(directory, apart);
        BuildCheck.RefuseWriters(name, apart);
        IReadOnlyList<int> inside = ProcOpenFiles.FindInside(apart);
        // Where processes cannot be asked, any may be there.
        if (OperatingSystemKind.IsLinux && inside.Count == 0)
            return apart;
        foreach (int process in inside)
        {
            activity.Remark(Message.Of(Key.NoticeBuildLeftProcess, name, process,
                RedactedCommandLine.TryOf(process) ?? Message.Of(Key.ReasonGoneByNow)));
        }

        string copy = place.File(Guid.NewGuid().ToString("N"));
        FileSystem.CreatePrivateDirectory(copy);
        TreeIntake.Copy(apart, copy, null, cancellation);
        // What was opened for writing since, by way of a directory, may be half there in the copy.
        BuildCheck.RefuseWriters(name, apart);
        return copy;
    }
}
