using System;
using System.IO;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>A lock that may be taken: a name below a root directory, or a file anywhere.</summary>
public sealed class LockTarget
{
    private LocalLock? _local;

    private LockTarget(string display, string lockFile, bool isNamed, LockRoot? root, bool isForOwnUse = false)
    {
        IsForOwnUse = isForOwnUse;
        Display = display;
        LockFile = lockFile;
        IsNamed = isNamed;
        Root = root;
        Files = new LockFiles(lockFile);
    }

    /// <summary>The name or path as people gave it.</summary>
    public string Display { get; }

    /// <summary>The file that carries the lock: full, without links in its directory.</summary>
    public string LockFile { get; }

    /// <summary>True for a name below the root, false for a path.</summary>
    public bool IsNamed { get; }

    internal LockRoot? Root { get; }

    /// <summary>A lock of this library's own making, whose name nobody gave and nobody registers.</summary>
    internal bool IsForOwnUse { get; }

    internal LockFiles Files { get; }

    /// <summary>In a sticky directory whose owner chose to share it, files of every user are welcome.</summary>
    internal bool IsShared => Root is { IsShared: true };

    /// <summary>A lock by name below a root. Nothing is created before the lock is taken.</summary>
    /// <exception cref="LockException"><see cref="LockError.LockNameInvalid"/></exception>
    public static LockTarget FromName(LockRoot root, string name)
    {
        ArgumentNullException.ThrowIfNull(root);
        LockName parsed = LockName.Parse(name);
        return new LockTarget(parsed.Text, FileOf(root, parsed), true, root);
    }

    /// <summary>A lock of this library's own making. Its name tells people nothing: they see <paramref name="display"/> in its place.</summary>
    internal static LockTarget ForOwnUse(LockRoot root, string name, string display) =>
        new(display, FileOf(root, LockName.Parse(name)), true, root, isForOwnUse: true);

    private static string FileOf(LockRoot root, LockName name) => Path.Combine(root.LocksDirectory, name.Encoded + LockRoot.LockSuffix);

    /// <summary>That very file. It is created, empty, if it is missing; its content is never touched.</summary>
    /// <exception cref="LockException"><see cref="LockError.LockPathInvalid"/>, <see cref="LockError.LockPathIsDirectory"/></exception>
    public static LockTarget FromPath(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw LockFailures.PathInvalid(path ?? string.Empty, Message.Of(Key.ReasonEmpty));
        if (path.Contains('\0'))
            throw LockFailures.PathInvalid(path, Message.Of(Key.ReasonContainsNulCharacter));
        string full = FullPath(path);
        // What NUL and CON become, in any directory.
        if (OperatingSystemKind.IsWindows && full.StartsWith(@"\\.\", StringComparison.Ordinal))
            throw LockFailures.FromPlatform(path, new PlatformException(PlatformFault.NotRegular, "open", full, 0, Message.Of(Key.ReasonDeviceFifoOrSocket)));
        if (OperatingSystemKind.IsWindows && full.Length > WindowsFileFacts.LongestPath)
            throw LockFailures.FromPlatform(path, new PlatformException(PlatformFault.NameTooLong, "open", full, 0));
        string name = Path.GetFileName(full);
        string? directory = Path.GetDirectoryName(full);
        if (name.Length == 0 || string.IsNullOrEmpty(directory) || Directory.Exists(full) && !IsLink(full))
        {
            throw LockFailures.FromPlatform(
                path, new PlatformException(PlatformFault.IsDirectory, "open", full, Errno.IsDirectory));
        }

        // A file that is there has its own name on Windows, whatever the case, and a short one beside it.
        string real = OperatingSystemKind.IsWindows && File.Exists(full) && !IsLink(full)
            ? RealPath.Of(full)
            : Path.Combine(RealPath.Of(directory!), name);
        return new LockTarget(path, real, false, null);
    }

    private static string FullPath(string path)
    {
        try
        {
            return Path.GetFullPath(path);
        }
        catch (FileNotFoundException)
        {
            // getcwd(2): somebody has removed the directory that a relative path counts from.
            throw LockFailures.FromPlatform(path, new PlatformException(PlatformFault.ParentMissing, "getcwd", path, Errno.NoEntry));
        }
    }

    private static bool IsLink(string path) =>
        FileSystem.TryGetFacts(path, out FileFacts facts) && facts.Type == FileType.SymbolicLink;

    internal LocalLock Local
    {
        get
        {
            LocalLock? local = _local;
            return local is { IsRetired: false } ? local : _local = LocalLocks.For(this);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Display;
}
