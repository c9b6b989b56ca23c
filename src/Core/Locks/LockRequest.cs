using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using ProcessDedup.Coordination;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>What is wanted of one lock or of several at once.</summary>
public sealed record LockRequest
{
    private TimeSpan _timeout;

    /// <summary>Wants one lock.</summary>
    public LockRequest(LockTarget target)
        : this([target ?? throw new ArgumentNullException(nameof(target))])
    {
    }

    /// <summary>Wants several locks, all or none. They are taken in the order of their files, each once.</summary>
    public LockRequest(IReadOnlyList<LockTarget> targets)
    {
        if (targets is null || targets.Count == 0)
            throw new ArgumentException(Message.Of(Key.MisuseAtLeastOneLockIsNeeded), nameof(targets));
        Targets = targets.Count == 1 ? targets : InOrder(targets);
    }

    /// <summary>The locks, sorted by file, so that two requests for overlapping sets never block each other for ever
    /// (nix #178).</summary>
    public IReadOnlyList<LockTarget> Targets { get; }

    /// <summary>Exclusive unless said otherwise.</summary>
    public LockMode Mode { get; init; } = LockMode.Exclusive;

    /// <summary>For <see cref="LockMode.Slot"/>: how many may hold the lock, 1 to 128.</summary>
    public int Slots { get; init; } = 1;

    /// <summary>Longest wait for all the locks together; zero waits for ever.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public TimeSpan Timeout
    {
        get => _timeout;
        init => _timeout = value >= TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, Message.Of(Key.MisuseTimeoutNegative));
    }

    /// <summary>Try once, never wait.</summary>
    public bool NoWait { get; init; }

    /// <summary>What the lock is needed for, shown to those who wait.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// What counts as the same flow besides the asynchronous one: a runspace, for instance. Taking a lock again
    /// with an equal flow is an error instead of a wait without end.
    /// </summary>
    public object? Flow { get; init; }

    /// <summary>
    /// Do not take notice of a crashed holder, so that the next one is told: for those who only wait.
    /// </summary>
    public bool LeaveCrashRecord { get; init; }

    /// <summary>Use the lock even where the file system's locks cannot be relied on.</summary>
    public bool AllowNetworkFileSystem { get; init; }

    /// <summary>Take the locks for all machines that ask this coordinator; null: for this machine.</summary>
    public Coordinator? Coordinator { get; init; }

    private static List<LockTarget> InOrder(IReadOnlyList<LockTarget> targets)
    {
        var ordered = new List<LockTarget>(targets.Count);
        foreach (LockTarget target in targets)
            ordered.Add(target);
        // First: which of two paths of one file counts must not depend on the order they were given in.
        ordered.Sort((a, b) => string.CompareOrdinal(a.LockFile, b.LockFile));
        var files = new HashSet<string>(StringComparer.Ordinal);
        ordered.RemoveAll(target => !files.Add(IdentityOf(target)));
        return ordered;
    }

    // Two paths may lead to one file: by a mount, or where the file system takes no account of case. A file that is not there
    // yet is one with others of its directory and name.
    private static string IdentityOf(LockTarget target)
    {
        if (TryIdentify(target.LockFile) is { } file)
            return file;
        string name = Path.GetFileName(target.LockFile);
        return TryIdentify(Path.GetDirectoryName(target.LockFile)!) is { } directory
            ? directory + "/" + (OperatingSystemKind.IsLinux ? name : name.ToUpperInvariant())
            : target.LockFile;
    }

    private static string? TryIdentify(string path)
    {
        try
        {
            return FileSystem.TryGetFacts(path, out FileFacts facts)
                ? string.Format(CultureInfo.InvariantCulture, "{0:x}:{1:x}", facts.Identity.Device, facts.Identity.Inode)
                : null;
        }
        catch (Exception e) when (e is PlatformException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
