using System;
using System.IO;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>A lock that may be taken: a name below a root directory, or a file anywhere.</summary>
public sealed class LockTarget
{
    private LocalLock? _local;

    private LockTarget(string display, string lockFile, bool isNamed, LockRoot? root)
    {
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

    internal LockFiles Files { get; }

    /// <summary>In a sticky directory whose owner chose to share it, files of every user are welcome.</summary>
    internal bool IsShared => Root is { IsShared: true };

    /// <summary>A lock by name below a root. Nothing is created before the lock is taken.</summary>
    /// <exception cref="LockException"><see cref="LockError.LockNameInvalid"/></exception>
    public static LockTarget FromName(LockRoot root, string name) => FromName(root, name, null);

    /// <summary>The same for a name that tells people nothing: they see <paramref name="display"/> in its place.</summary>
    internal static LockTarget FromName(LockRoot root, string name, string? display)
    {
        if (root is null)
            throw new ArgumentNullException(nameof(root));
        LockName parsed = LockName.Parse(name);
        return new LockTarget(display ?? parsed.Text, Path.Combine(root.LocksDirectory, parsed.Encoded + LockRoot.LockSuffix), true, root);
    }

    /// <summary>That very file. It is created, empty, if it is missing; its content is never touched.</summary>
    /// <exception cref="LockException"><see cref="LockError.LockPathInvalid"/>, <see cref="LockError.LockPathIsDirectory"/></exception>
    public static LockTarget FromPath(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw LockFailures.PathInvalid(path ?? string.Empty, "it is empty");
        if (path.IndexOf('\0') >= 0)
            throw LockFailures.PathInvalid(path, "it contains a NUL character");
        string full = Path.GetFullPath(path);
        string name = Path.GetFileName(full);
        string? directory = Path.GetDirectoryName(full);
        if (name.Length == 0 || string.IsNullOrEmpty(directory) || Directory.Exists(full) && !IsLink(full))
        {
            throw LockFailures.FromPlatform(
                path, new PlatformException(PlatformFault.IsDirectory, "open", full, Errno.IsDirectory));
        }

        return new LockTarget(path, Path.Combine(RealPath.Of(directory!), name), false, null);
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
