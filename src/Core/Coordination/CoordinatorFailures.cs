using System;
using System.Globalization;
using ProcessDedup.Locks;
using ProcessDedup.Platform;

namespace ProcessDedup.Coordination;

/// <summary>Every text that tells of a failed coordinator.</summary>
internal static class CoordinatorFailures
{
    private const string Example = "'Host=db.example;Database=agents;Username=ci', with the password in PGPASSFILE or PGPASSWORD";

    // What was given is not repeated: it may have a password in any place.
    public static CoordinatorException Invalid(string reason) => new(
        CoordinatorError.CoordinatorInvalid, "coordinator", $"The coordinator's connection string cannot be used: {reason}.",
        $"Give one such as {Example}.");

    public static CoordinatorException NotInstalled(string file) => new(
        CoordinatorError.CoordinatorNotInstalled, "coordinator", $"'{file}', which speaks with PostgreSQL, cannot be loaded.",
        "Use PowerShell 7.4 or later, and install the module again if the file is missing.");

    public static CoordinatorException NeedsName(string path) => new(
        CoordinatorError.CoordinatorNeedsName, path, $"'{path}' is a file of this machine, and a coordinator has locks and claims by name.",
        "Give a name, or leave the coordinator out; PROCESSDEDUP_COORDINATOR may name one.");

    public static CoordinatorException Elsewhere(string place) => new(
        CoordinatorError.CoordinatorInvalid, place, $"The claim is kept by coordinator '{Shown(place)}', and another one was given, or none.",
        "Give -Coordinator, or set PROCESSDEDUP_COORDINATOR, to that server.");

    public static CoordinatorException Unreachable(string place, string cause, Exception inner) => new(
        CoordinatorError.CoordinatorUnreachable, place, $"Coordinator '{place}' cannot be reached: {Sentence(cause)}",
        "See whether the server runs and listens there, and whether a firewall is in between.", inner);

    public static CoordinatorException Slow(string place, string what, Exception? inner) => new(
        CoordinatorError.CoordinatorTimeout, place, $"Coordinator '{place}' did not answer in time: {what}.",
        "See whether the server is overloaded; 'Timeout=' in the connection string is the seconds to connect.", inner);

    public static CoordinatorException AccessDenied(string place, string cause, Exception inner) => new(
        CoordinatorError.CoordinatorAccessDenied, place, $"Coordinator '{place}' does not let this user in: {Sentence(cause)}",
        "Give the right user, database and password; the password best in PGPASSFILE or PGPASSWORD.", inner);

    public static CoordinatorException RightsMissing(string place, string cause, Exception inner) => new(
        CoordinatorError.CoordinatorRightsMissing, place, $"Coordinator '{place}' does not allow this user what is needed: {Sentence(cause)}",
        "Let a user with the right to create schemas come first, and grant the others the schema 'procdedup' with its tables and its sequence.",
        inner);

    public static CoordinatorException Full(string place, string cause, Exception inner) => new(
        CoordinatorError.CoordinatorFull, place, $"Coordinator '{place}' has no room for another connection: {Sentence(cause)}",
        "Raise max_connections of the server: each lock that is held or waited for needs one for each machine.", inner);

    public static CoordinatorException VersionUnsupported(string place, string version, string least) => new(
        CoordinatorError.CoordinatorVersionUnsupported, place,
        $"Coordinator '{place}' is PostgreSQL {version}, which does not notice in time that a waiting machine is gone.",
        $"Use PostgreSQL {least} or later.");

    public static CoordinatorException SchemaNewer(string place, int version, int known) => new(
        CoordinatorError.CoordinatorSchemaNewer, place,
        string.Format(
            CultureInfo.InvariantCulture, "The schema 'procdedup' of coordinator '{0}' has version {1}, and this ProcessDedup knows version {2}.",
            place, version, known),
        "Install the same or a later version of ProcessDedup as the other machines have.");

    public static CoordinatorException Pooled(string place, string how, Exception? inner = null) => new(
        CoordinatorError.CoordinatorPooled, place,
        $"Behind '{place}' is a pooler, not the server: {how}. A lock belongs to a connection, and a pooler gives connections to others.",
        "Connect to PostgreSQL itself, on its own port.", inner);

    public static CoordinatorException Unfit(string place, string reason, string next) => new(
        CoordinatorError.CoordinatorUnfit, place, $"Coordinator '{place}' cannot keep locks and claims: {reason}.", next);

    public static CoordinatorException NameCollision(string place, string name, string other) => new(
        CoordinatorError.CoordinatorNameCollision, place,
        $"Lock '{Shown(name)}' has the same number in coordinator '{place}' as '{Shown(other)}', so it would exclude it.",
        "Choose another name.");

    public static CoordinatorException Failed(string place, string cause, Exception inner) => new(
        CoordinatorError.CoordinatorFailed, place, $"Coordinator '{place}' failed: {Sentence(cause)}",
        "See the server's log for the cause.", inner);

    public static LockException SlotsMismatch(string name, string place, int wanted, int existing) => new(
        LockError.LockSlotsMismatch, name,
        string.Format(
            CultureInfo.InvariantCulture, "Lock '{0}' has {1} slots in coordinator '{2}' since its first use, not {3}.", name, existing, place, wanted),
        string.Format(
            CultureInfo.InvariantCulture, "Use {0} slots everywhere, or another name.", existing));

    public static LockException Deadlock(string names, Exception inner) => new(
        LockError.LockCycle, names, $"Waiting for lock '{names}' would never end: the server has found holders that wait for each other.",
        "Take locks that are needed together in one call (-Name a, b): it orders them.", inner);

    public static LockException Lost(string name, string place, string cause) => new(
        LockError.LockLost, name,
        $"Lock '{name}' of coordinator '{place}' was lost while it was held: {cause}. Others may have held it too.",
        "Do the work again, or let what it is done upon refuse a fencing number lower than one that it has seen.");

    private static string Sentence(string cause)
    {
        string shown = Shown(cause).TrimEnd('.', ' ');
        return shown + ".";
    }

    private static string Shown(string text)
    {
        string clean = RedactedCommandLine.Sanitize(text);
        return clean.Length <= 200 ? clean : clean.Substring(0, 199) + "…";
    }
}
