using System.Globalization;

namespace ProcessDedup.Locks;

/// <content>Errors about registered names.</content>
internal static partial class LockFailures
{
    public static LockException RegistrationInvalid(string name, string reason) => new(
        LockError.LockRegistrationInvalid, name, $"The name '{Shown(name)}' cannot be registered like this: {reason}.",
        "Give a short owner such as 'Team A', a purpose of one line, and seconds for the longest hold.");

    public static LockException NameTaken(RegisteredName name) => new(
        LockError.LockNameTaken, name.Namespace,
        string.Format(
            CultureInfo.InvariantCulture, "The name '{0}' is registered by {1} since {2:yyyy-MM-dd} ({3}{4}).",
            name.Namespace, name.Owner, name.Since, name.RegisteredBy,
            name.Purpose is null ? string.Empty : ": " + name.Purpose),
        $"Take a name of your own, or one below it after asking {name.Owner}; Unregister-LockName with the same -Owner, or -Force, gives it up.");

    public static LockException NameUnknown(string name) => new(
        LockError.LockNameUnknown, name, $"The name '{Shown(name)}' is not registered.",
        "See what is with Get-LockName.");

    public static LockException NameUnregistered(string name, string root) => new(
        LockError.LockNameUnregistered, name,
        $"The name '{Shown(name)}' is not registered, and '{Shown(root)}' takes registered names only.",
        $"Register it, or a name above it: Register-LockName -Namespace '{Shown(FirstPart(name)).Replace("'", "''")}' -Owner 'YOUR TEAM'.");

    private static string FirstPart(string name) => name.IndexOf('.') is int dot and > 0 ? name.Substring(0, dot) : name;
}
