using ProcessDedup.Messages;

namespace ProcessDedup.Locks;

/// <content>Errors about registered names.</content>
internal static partial class LockFailures
{
    public static LockException RegistrationInvalid(string name, string reason) => new(
        LockError.LockRegistrationInvalid, name, Message.Of(Key.LockRegistrationInvalidCause, Shown(name), reason),
        Message.Of(Key.LockRegistrationInvalidNext));

    public static LockException NameTaken(RegisteredName name) => new(
        LockError.LockNameTaken, name.Namespace,
        Message.Of(Key.LockNameTakenCause, name.Namespace, name.Owner, name.Since, name.RegisteredBy,
            name.Purpose is null ? string.Empty : ": " + name.Purpose),
        Message.Of(Key.LockNameTakenNext, name.Owner));

    public static LockException NameUnknown(string name) => new(
        LockError.LockNameUnknown, name, Message.Of(Key.LockNameUnknownCause, Shown(name)),
        Message.Of(Key.LockNameUnknownNext));

    public static LockException NameUnregistered(string name, string root, string option = "") => new(
        LockError.LockNameUnregistered, name,
        Message.Of(Key.LockNameUnregisteredCause, Shown(name), Shown(root)),
        Message.Of(Key.LockNameUnregisteredNext, Shown(FirstPart(name)).Replace("'", "''"), option));

    private static string FirstPart(string name) => name.IndexOf('.') is int dot and > 0 ? name.Substring(0, dot) : name;
}
