using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// The directory that holds this user's named locks. It comes from <c>PROCESSDEDUP_HOME</c>, else it is
/// <c>processdedup</c> below the platform's per-user cache directory; it is made with mode 0700.
/// </summary>
/// <remarks>
/// A root that several users share is opt-in: a directory with the sticky bit (mode 1777) that belongs to this
/// user or to root, so that nobody can remove another one's lock file.
/// </remarks>
public sealed class LockRoot
{
    /// <summary>Names the root directory instead of the per-user default.</summary>
    public const string HomeVariable = "PROCESSDEDUP_HOME";

    internal const string LockSuffix = ".lock";
    private const string LocksFolder = "locks";
    private const string WaitsFolder = "waits";

    // One object a directory: what was found out about it holds for every later call.
    private static readonly ConcurrentDictionary<string, LockRoot> Known = new(StringComparer.Ordinal);

    private volatile Sharing _sharing;

    private enum Sharing
    {
        Unknown,
        Private,
        Shared,
    }

    private LockRoot(string directory)
    {
        RootDirectory = directory;
        LocksDirectory = Path.Combine(directory, LocksFolder);
        WaitsDirectory = Path.Combine(directory, WaitsFolder);
        StrictMark = NameRegistry.StrictMarkOf(directory);
    }

    /// <summary>The root itself.</summary>
    public string RootDirectory { get; }

    /// <summary>Where the lock files of names are.</summary>
    public string LocksDirectory { get; }

    /// <summary>Where waiting holders say what they hold and want, so that circles can be found.</summary>
    internal string WaitsDirectory { get; }

    /// <summary>The file whose presence makes the root strict; see <see cref="NameRegistry"/>.</summary>
    internal string StrictMark { get; }

    /// <summary>True if locks by name and claims must have a registered name here; see <see cref="NameRegistry"/>.</summary>
    public bool IsStrict => NameRegistry.Of(this).IsStrict;

    /// <summary>True for a sticky directory that several users share.</summary>
    internal bool IsShared
    {
        get
        {
            if (_sharing == Sharing.Unknown && !OperatingSystemKind.IsWindows && FileSystem.TryGetFacts(RootDirectory, out FileFacts facts))
                _sharing = facts.IsWritableByOthers ? Sharing.Shared : Sharing.Private;
            return _sharing == Sharing.Shared;
        }
    }

    /// <summary>The root of this user, as the environment says it.</summary>
    /// <exception cref="LockException"><see cref="LockError.LockPathInvalid"/>: PROCESSDEDUP_HOME is not an
    /// absolute path, or there is no home directory.</exception>
    public static LockRoot Default()
    {
        string? home = Environment.GetEnvironmentVariable(HomeVariable);
        return At(string.IsNullOrEmpty(home) ? CacheDirectory() : home!);
    }

    /// <summary>A root in a directory of the caller's choice.</summary>
    /// <exception cref="LockException"><see cref="LockError.LockPathInvalid"/></exception>
    public static LockRoot At(string directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        if (!Path.IsPathFullyQualified(directory) || directory.Contains('\0'))
            throw LockFailures.PathInvalid(directory, Message.Of(Key.ReasonMustBeAbsolutePath, HomeVariable));
        return Known.GetOrAdd(RealPath.Of(Path.GetFullPath(directory)), path => new LockRoot(path));
    }

    /// <summary>Every lock that has a file below this root, by name.</summary>
    /// <exception cref="LockException"><see cref="LockError.LockAccessDenied"/>: the root cannot be read, which is not the same
    /// as a root without locks.</exception>
    public IReadOnlyList<LockTarget> ExistingLocks()
    {
        var targets = new List<LockTarget>();
        try
        {
            if (!FileSystem.TryGetFacts(LocksDirectory, out _))
                return targets;
            foreach (string file in Directory.EnumerateFiles(LocksDirectory, "*" + LockSuffix))
            {
                if (LockName.TryDecode(Path.GetFileNameWithoutExtension(file)) is { } name)
                    targets.Add(LockTarget.FromName(this, name.Text));
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or PlatformException { Fault: PlatformFault.AccessDenied })
        {
            throw Unreadable(e);
        }

        targets.Sort((a, b) => string.CompareOrdinal(a.Display, b.Display));
        return targets;
    }

    /// <summary>Makes the directories, or checks the ones that are there. Asked whenever a lock file is opened.</summary>
    /// <exception cref="LockException">They cannot be made or must not be trusted.</exception>
    public void Prepare()
    {
        _sharing = Sharing.Unknown;
        try
        {
            FileSystem.CreateParents(RootDirectory);
            FileSystem.CreatePrivateDirectory(RootDirectory);
            CheckTrust(RootDirectory);
            PrepareFolder(LocksDirectory);
            PrepareFolder(WaitsDirectory);
        }
        catch (PlatformException e)
        {
            throw LockFailures.FromPlatform(RootDirectory, e);
        }
    }

    /// <summary>Makes a folder of a prepared root, for all its users, or checks the one that is there.</summary>
    internal void PrepareFolder(string directory)
    {
        // What the root's owner has chosen for its users (1777, 3775 for a group) holds for its folders as well.
        uint mode = IsShared && FileSystem.TryGetFacts(RootDirectory, out FileFacts root) ? (uint)root.Permissions : FileSystem.PrivateDirectory;
        FileSystem.CreateDirectory(directory, mode);
        CheckTrust(directory);
    }

    private void CheckTrust(string directory)
    {
        if (OperatingSystemKind.IsWindows || !FileSystem.TryGetFacts(directory, out FileFacts facts))
            return;
        if (facts.Type != FileType.Directory)
            throw LockFailures.DirectoryUnsafe(directory, Message.Of(Key.ReasonNotDirectory));
        if (facts.OwnerId != Libc.EffectiveUserId() && facts.OwnerId != 0
            && HomeOwnership.Of(directory)?.UserId != facts.OwnerId && !(facts.IsSticky && UserNames.IsHidden(facts.OwnerId)))
        {
            // Below a shared root the first user makes the folders; the sticky bit keeps the others' files safe.
            bool isBelowShared = IsShared && directory != RootDirectory && facts.IsSticky;
            if (!isBelowShared)
                throw LockFailures.DirectoryUnsafe(directory, Message.Of(Key.ReasonBelongsTo, UserNames.Of(facts.OwnerId)));
        }

        if (facts.IsWritableByOthers && !facts.IsSticky)
            throw LockFailures.DirectoryUnsafe(directory, Message.Of(Key.ReasonOthersMayRemoveAndReplaceFiles));
    }

    // The one that shuts this user out: the first directory on the way down that cannot be listed or passed.
    private LockException Unreadable(Exception cause)
    {
        string directory = LocksDirectory;
        for (string? parent = directory; parent is not null; parent = Path.GetDirectoryName(parent))
        {
            try
            {
                if (FileSystem.TryGetFacts(parent, out FileFacts facts))
                    return LockFailures.RootUnreadable(parent, UserNames.Of(facts.OwnerId), cause);
            }
            catch (PlatformException)
            {
                // Further up.
            }
        }

        return LockFailures.RootUnreadable(directory, UserNames.Of(0), cause);
    }

    private static string CacheDirectory()
    {
        if (OperatingSystemKind.IsWindows)
        {
            return Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "ProcessDedup", "Cache");
        }

        string home = Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } given
            ? given
            : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (string.IsNullOrEmpty(home))
            throw LockFailures.PathInvalid(string.Empty, Message.Of(Key.ReasonThereIsNoHomeDirectorySet, HomeVariable));
        if (OperatingSystemKind.IsMacOS)
            return Path.Combine(home, "Library", "Caches", "ProcessDedup");
        // XDG Base Directory Specification: a relative XDG_CACHE_HOME is to be ignored.
        string? cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        return Path.Combine(
            !string.IsNullOrEmpty(cache) && Path.IsPathFullyQualified(cache) ? cache! : Path.Combine(home, ".cache"),
            "processdedup");
    }
}
