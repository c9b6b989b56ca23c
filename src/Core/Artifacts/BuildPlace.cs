using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Artifacts;

/// <summary>Where a build puts what it makes, and what shows that it gets on.</summary>
public sealed class BuildPlace
{
    // Looking through a large tree takes long: never more than a tenth of the time.
    private static readonly TimeSpan LeastBetweenLooks = TimeSpan.FromMilliseconds(250);
    private const int LookShare = 10;

    private readonly Stopwatch _sinceLook = new();
    private TimeSpan _pause = LeastBetweenLooks;
    private long _lines;
    private string _made = Message.Of(Key.ReasonNothingMadeYet);

    internal BuildPlace(string name, string directory, string logs, LockLease? lease) =>
        (Name, Directory, Logs, Lease) = (name, directory, logs, lease);

    /// <summary>What is built, as people know it.</summary>
    public string Name { get; }

    /// <summary>The directory to fill: full path, empty at first.</summary>
    public string Directory { get; }

    /// <summary>
    /// The full path that leads to the product once it is published: what a build bakes into its product should be this one.
    /// Nothing is there during the build.
    /// </summary>
    public string Final { get; internal init; } = string.Empty;

    /// <summary>A place beside it for what a command prints; not there yet, and not published.</summary>
    internal string Logs { get; }

    /// <summary>What was found of what was copied into it; null: it is looked at itself.</summary>
    internal TreeSurvey? Survey { get; set; }

    /// <summary>The lock under which the build runs; null if it runs without.</summary>
    public LockLease? Lease { get; }

    /// <summary>The build has printed something: it gets on.</summary>
    public void Printed(long lines = 1) => Interlocked.Add(ref _lines, lines);

    /// <summary>
    /// "builds: 120 lines printed, 35 files of 12 MB made". Whoever waits with a stall timeout takes an unchanged text for
    /// a build that hangs.
    /// </summary>
    internal string Describe() => Message.Of(Key.ReasonBuildsLinesPrinted, Interlocked.Read(ref _lines), Made());

    /// <summary>The same of a copy that is made of something.</summary>
    internal string DescribeCopy() => Message.Of(Key.ReasonSaves, Made());

    private string Made()
    {
        lock (_sinceLook)
        {
            if (!_sinceLook.IsRunning || _sinceLook.Elapsed >= _pause)
            {
                _sinceLook.Restart();
                _made = Look();
                TimeSpan took = _sinceLook.Elapsed;
                _pause = TimeSpan.FromTicks(Math.Max(LeastBetweenLooks.Ticks, took.Ticks * LookShare));
                _sinceLook.Restart();
            }

            return _made;
        }
    }

    private string Look()
    {
        long files = 0, bytes = 0;
        try
        {
            // The framework's own way through a tree follows links, out of it and in circles.
            var ahead = new Stack<string>();
            ahead.Push(Directory);
            while (ahead.Count > 0)
            {
                foreach (string path in System.IO.Directory.EnumerateFileSystemEntries(ahead.Pop()))
                {
                    if (!FileSystem.TryGetFacts(path, out FileFacts facts))
                        continue;
                    if (facts.Type == FileType.Directory)
                        ahead.Push(path);
                    if (facts.Type != FileType.Regular)
                        continue;
                    files++;
                    bytes += facts.Size;
                }
            }
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            // The build moves its files about just now.
        }

        return Message.Of(Key.ReasonFilesWithBytesMade, files, bytes);
    }
}
