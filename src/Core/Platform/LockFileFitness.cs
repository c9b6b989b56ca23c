using System.IO;
using ProcessDedup.Messages;

namespace ProcessDedup.Platform;

/// <summary>
/// Whether a file may serve as a lock: a regular file with one name and, in a sticky directory such as /tmp where
/// anybody may have put it, of this user, root or the directory's owner. Links are refused by O_NOFOLLOW already
/// (py-filelock PR 461: symlink race).
/// </summary>
internal static class LockFileFitness
{
    public static void Check(string path, in FileFacts facts, LockOpening opening)
    {
        if (facts.Type == FileType.Directory)
            throw Refusal(PlatformFault.IsDirectory, path, Message.Of(Key.ReasonDirectory));
        if (facts.Type != FileType.Regular)
            throw Refusal(PlatformFault.NotRegular, path, Message.Of(Key.ReasonNotRegularFile));
        // 0 links: removed a moment ago; the check after the grant sees to that.
        if (facts.Links > 1)
            throw Refusal(PlatformFault.HardLinked, path, Message.Of(Key.ReasonHasHardLinks, facts.Links));
        if (!opening.AllowForeignOwner && !IsTrusted(path, facts.OwnerId))
            throw Refusal(PlatformFault.ForeignOwner, path, Message.Of(Key.ReasonBelongsTo, UserNames.Of(facts.OwnerId)));
    }

    private static bool IsTrusted(string path, uint owner)
    {
        if (owner == 0 || owner == Libc.EffectiveUserId())
            return true;
        // Outside a sticky directory whoever owns the directory vouches for what is in it.
        return !UnixFileFacts.TryGet(new NativePath(Path.GetDirectoryName(path)!), out FileFacts directory)
            || directory.OwnerId == owner
            || !(directory.IsSticky && directory.IsWritableByOthers);
    }

    private static PlatformException Refusal(PlatformFault fault, string path, string detail) =>
        new(fault, "open", path, 0, detail);
}
