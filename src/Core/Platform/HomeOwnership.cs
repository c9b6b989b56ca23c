using System;
using System.Globalization;
using System.IO;

namespace ProcessDedup.Platform;

/// <summary>
/// What root makes below another user's HOME belongs to that user: with <c>sudo</c> that keeps HOME, root would otherwise lock
/// the user out of the user's own cache directory.
/// </summary>
/// <remarks>
/// Ownership is given through the descriptor of what was just made, and only where the kernel says that it lies where it was
/// meant to be: nothing that existed changes hands, and no link that the user puts in the way leads elsewhere. Linux only.
/// </remarks>
internal static unsafe class HomeOwnership
{
    /// <summary>Whose the files below this path are to be; null if they are those of this process.</summary>
    public static (uint UserId, uint GroupId)? Of(string path)
    {
        if (!OperatingSystemKind.IsLinux || Libc.EffectiveUserId() != 0
            || Environment.GetEnvironmentVariable("HOME") is not { Length: > 0 } home || !Path.IsPathRooted(home))
            return null;
        home = RealPath.Of(home);
        return path.StartsWith(home.TrimEnd('/') + "/", StringComparison.Ordinal)
            && UnixFileFacts.TryGet(new NativePath(home), out FileFacts facts) && facts is { Type: FileType.Directory, OwnerId: not 0 }
                ? (facts.OwnerId, facts.GroupId)
                : null;
    }

    /// <summary>Gives away a directory that this process has just made.</summary>
    public static void GiveDirectory(string path)
    {
        if (Of(path) is null)
            return;
        fixed (byte* name = new NativePath(path).Bytes)
        {
            int descriptor = Libc.Open(name, Libc.OpenReadOnly | Libc.OpenDirectory | Libc.OpenNoFollow | Libc.OpenCloseOnExec);
            if (descriptor < 0)
                return;
            Give(descriptor, path);
            _ = Libc.Close(descriptor);
        }
    }

    /// <summary>Gives away a file or directory that this process has just made.</summary>
    public static void Give(int descriptor, string path)
    {
        if (Of(path) is not { } owner)
            return;
        // Somebody may have put a link into the path meanwhile: then it is not below HOME, and stays root's.
        string? place = SymbolicLinks.TryRead("/proc/self/fd/" + descriptor.ToString(CultureInfo.InvariantCulture));
        if (place == path && UnixFileFacts.Of(descriptor, new NativePath(path)).OwnerId == 0)
            _ = Libc.ChangeOwnerOf(descriptor, owner.UserId, owner.GroupId);
    }
}
