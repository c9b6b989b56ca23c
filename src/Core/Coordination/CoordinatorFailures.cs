using System;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Coordination;

/// <summary>Every text that tells of a failed coordinator.</summary>
internal static class CoordinatorFailures
{
    private static string Example => Message.Of(Key.CoordinatorExample);

    // What was given is not repeated: it may have a password in any place.
    public static CoordinatorException Invalid(string reason) => new(
        CoordinatorError.CoordinatorInvalid, "coordinator", Message.Of(Key.CoordinatorInvalidCause, reason),
        Message.Of(Key.CoordinatorInvalidNext, Example));

    public static CoordinatorException NotInstalled(string file) => new(
        CoordinatorError.CoordinatorNotInstalled, "coordinator", Message.Of(Key.CoordinatorNotInstalledCause, file),
        Message.Of(Key.CoordinatorNotInstalledNext));

    public static CoordinatorException NeedsName(string path) => new(
        CoordinatorError.CoordinatorNeedsName, path, Message.Of(Key.CoordinatorNeedsNameCause, path),
        Message.Of(Key.CoordinatorNeedsNameNext));

    public static CoordinatorException Elsewhere(string place) => new(
        CoordinatorError.CoordinatorInvalid, place, Message.Of(Key.CoordinatorElsewhereCause, Shown(place)),
        Message.Of(Key.CoordinatorElsewhereNext));

    public static CoordinatorException Unreachable(string place, string cause, Exception inner) => new(
        CoordinatorError.CoordinatorUnreachable, place, Message.Of(Key.CoordinatorUnreachableCause, place, Sentence(cause)),
        Message.Of(Key.CoordinatorUnreachableNext, place), inner);

    public static CoordinatorException Unencrypted(string place, string cause, Exception inner) => new(
        CoordinatorError.CoordinatorUnreachable, place, Message.Of(Key.CoordinatorUnreachableCause, place, Sentence(cause)),
        Message.Of(Key.CoordinatorUnencryptedNext), inner);

    public static CoordinatorException Slow(string place, string what, Exception? inner) => new(
        CoordinatorError.CoordinatorTimeout, place, Message.Of(Key.CoordinatorSlowCause, place, what),
        Message.Of(Key.CoordinatorSlowNext), inner);

    public static CoordinatorException AccessDenied(string place, string cause, Exception inner) => new(
        CoordinatorError.CoordinatorAccessDenied, place, Message.Of(Key.CoordinatorAccessDeniedCause, place, Sentence(cause)),
        Message.Of(Key.CoordinatorAccessDeniedNext), inner);

    public static CoordinatorException RightsMissing(string place, string cause, Exception inner) => new(
        CoordinatorError.CoordinatorRightsMissing, place, Message.Of(Key.CoordinatorRightsMissingCause, place, Sentence(cause)),
        Message.Of(Key.CoordinatorRightsMissingNext, UserOf(place)), inner);

    public static CoordinatorException SchemaDenied(string place, string cause, Exception inner) => new(
        CoordinatorError.CoordinatorRightsMissing, place, Message.Of(Key.CoordinatorRightsMissingCause, place, Sentence(cause)),
        Message.Of(Key.CoordinatorSchemaDeniedNext, DatabaseOf(place), UserOf(place)), inner);

    public static CoordinatorException Full(string place, string cause, Exception inner) => new(
        CoordinatorError.CoordinatorFull, place, Message.Of(Key.CoordinatorFullCause, place, Sentence(cause)),
        Message.Of(Key.CoordinatorFullNext), inner);

    public static CoordinatorException RoleFull(string place, string cause, Exception inner) => new(
        CoordinatorError.CoordinatorFull, place, Message.Of(Key.CoordinatorFullCause, place, Sentence(cause)),
        Message.Of(Key.CoordinatorRoleFullNext, UserOf(place)), inner);

    public static CoordinatorException DatabaseFull(string place, string cause, Exception inner) => new(
        CoordinatorError.CoordinatorFull, place, Message.Of(Key.CoordinatorFullCause, place, Sentence(cause)),
        Message.Of(Key.CoordinatorDatabaseFullNext, DatabaseOf(place)), inner);

    public static CoordinatorException VersionUnsupported(string place, string version, string least) => new(
        CoordinatorError.CoordinatorVersionUnsupported, place,
        Message.Of(Key.CoordinatorVersionUnsupportedCause, place, version),
        Message.Of(Key.CoordinatorVersionUnsupportedNext, least));

    public static CoordinatorException SchemaNewer(string place, int version, int known) => new(
        CoordinatorError.CoordinatorSchemaNewer, place,
        Message.Of(Key.CoordinatorSchemaNewerCause, place, version, known),
        Message.Of(Key.CoordinatorSchemaNewerNext));

    public static CoordinatorException Pooled(string place, string how, Exception? inner = null) => new(
        CoordinatorError.CoordinatorPooled, place,
        Message.Of(Key.CoordinatorPooledCause, place, how),
        Message.Of(Key.CoordinatorPooledNext), inner);

    public static CoordinatorException NotUtf8(string place, string encoding) => Unfit(
        place, Message.Of(Key.CoordinatorNotUtf8, encoding), Message.Of(Key.CoordinatorNotUtf8Next));

    public static CoordinatorException Standby(string place) => Unfit(
        place, Message.Of(Key.CoordinatorStandby), Message.Of(Key.CoordinatorStandbyNext));

    public static CoordinatorException ReadOnly(string place, string said) => Unfit(
        place, Message.Of(Key.CoordinatorReadOnly, said), Message.Of(Key.CoordinatorReadOnlyNext));

    public static CoordinatorException NameCollision(string place, string name, string other) => new(
        CoordinatorError.CoordinatorNameCollision, place,
        Message.Of(Key.CoordinatorNameCollisionCause, Shown(name), place, Shown(other)),
        Message.Of(Key.CoordinatorNameCollisionNext));

    public static CoordinatorException Failed(string place, string cause, Exception inner) => new(
        CoordinatorError.CoordinatorFailed, place, Message.Of(Key.CoordinatorFailedCause, place, Sentence(cause)),
        Message.Of(Key.CoordinatorFailedNext), inner);

    public static LockException SlotsMismatch(string name, string place, int wanted, int existing) => new(
        LockError.LockSlotsMismatch, name,
        Message.Of(Key.CoordinatorSlotsMismatchCause, name, existing, place, wanted),
        Message.Of(Key.CoordinatorSlotsMismatchNext, existing));

    public static LockException Deadlock(string names, Exception inner) => new(
        LockError.LockCycle, names, Message.Of(Key.CoordinatorDeadlockCause, names),
        Message.Of(Key.CoordinatorDeadlockNext), inner);

    public static LockException Lost(string name, string place, string cause) => new(
        LockError.LockLost, name,
        Message.Of(Key.CoordinatorLostCause, name, place, cause),
        Message.Of(Key.CoordinatorLostNext));

    public static CoordinatorException SchemaMissing(string place) =>
        Unfit(place, Message.Of(Key.CoordinatorSchemaMissing), Message.Of(Key.CoordinatorSchemaMissingNext));

    private static CoordinatorException Unfit(string place, string reason, string next) => new(
        CoordinatorError.CoordinatorUnfit, place, Message.Of(Key.CoordinatorUnfitCause, place, reason), next);

    // Without one in the connection string it is that of the environment, as for psql, or the user of the operating system.
    private static string UserOf(string place) => (ServerPlace.Of(place).User ?? Environment.GetEnvironmentVariable("PGUSER") ?? Environment.UserName).Replace("\"", "\"\"");

    private static string DatabaseOf(string place) => ServerPlace.Of(place).Database is { } name ? name.Replace("\"", "\"\"") : UserOf(place);

    private static string Sentence(string cause)
    {
        string shown = Shown(cause).TrimEnd('.', ' ');
        return shown + ".";
    }

    private static string Shown(string text)
    {
        string clean = RedactedCommandLine.Sanitize(text);
        return Shortened.To(clean, 200);
    }
}
