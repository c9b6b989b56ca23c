using System.IO;
using ProcessDedup.Coordination;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <content>Errors about holders that are to be stopped.</content>
internal static partial class LockFailures
{
    public static LockException HolderRemote(string name, LockHolder holder, string? coordinator)
    {
        string forPowerShell = RedactedCommandLine.Sanitize(name).Replace("'", "''");
        string forShells = RedactedCommandLine.Sanitize(name).Replace("'", "'\\''");
        bool isFile = Path.IsPathRooted(name);
        return new LockException(
            LockError.LockHolderRemote, name, Message.Of(Key.LockHolderRemoteCause, Shown(name), holder.Describe()),
            coordinator is not null ? Message.Of(Key.LockHolderRemoteFleetNext, holder.Host, forPowerShell, forShells, ServerPlace.Of(coordinator).Connection)
            : Message.Of(
                Key.LockHolderRemoteNext, holder.Host, isFile ? "-LiteralPath" : "-Name", forPowerShell, isFile ? "--file " : string.Empty, forShells));
    }

    public static LockException HolderUnverified(string name, LockHolder holder) => new(
        LockError.LockHolderUnverified, name, Message.Of(Key.LockHolderUnverifiedCause, Shown(name), holder.Describe()),
        Message.Of(Key.LockHolderUnverifiedNext));

    public static LockException HolderIsCaller(string name, LockHolder holder) => new(
        LockError.LockHolderIsCaller, name, Message.Of(Key.LockHolderIsCallerCause, Shown(name), holder.Describe()),
        Message.Of(Key.LockHolderIsCallerNext));

    public static LockException HolderIsAncestor(string name, LockHolder holder) => new(
        LockError.LockHolderIsCaller, name, Message.Of(Key.LockHolderIsAncestorCause, Shown(name), holder.Describe()),
        Message.Of(Key.LockHolderIsAncestorNext));

    public static LockException HolderDenied(string name, LockHolder holder) => new(
        LockError.LockHolderDenied, name, Message.Of(Key.LockHolderDeniedCause, Shown(name), holder.Describe(), UserNames.Current),
        Message.Of(Key.LockHolderDeniedNext));
}
