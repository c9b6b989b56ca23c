using ProcessDedup.Platform;

namespace ProcessDedup.Fetch;

/// <summary>Every text that tells of a failed fetch: the thing, the cause, the next step.</summary>
internal static partial class FetchFailures
{
    public static FetchException HashInvalid(string text, string reason) => new(
        FetchError.FetchHashInvalid, Shown(text), $"'{Shown(text)}' is not a hash that can be checked: {reason}.",
        "Give a SHA-256 as 64 hexadecimal digits, or a hash such as sha512-… as package lock files have it.");

    /// <summary>Translates what the system said about a file of the store.</summary>
    public static FetchException FromPlatform(string target, PlatformException e)
    {
        (FetchError error, string next) = e.Fault switch
        {
            PlatformFault.NoSpace => (FetchError.StoreDiskFull, "Free space (Clear-FetchCache, procdedup cache prune), or choose another directory with PROCESSDEDUP_HOME."),
            PlatformFault.ReadOnly => (FetchError.StoreReadOnly, "Choose a writable directory with PROCESSDEDUP_HOME."),
            PlatformFault.AccessDenied => (FetchError.StoreAccessDenied, "Ask for the rights, or choose another directory with PROCESSDEDUP_HOME."),
            _ => (FetchError.StoreIoError, "See the system's error for the cause."),
        };
        return new FetchException(error, target, $"'{target}' could not be stored: {e.Path}: {e.Cause}.", next, e);
    }

    /// <summary>A text of somebody else's, fit for a terminal.</summary>
    internal static string Shown(string text)
    {
        string clean = RedactedCommandLine.Sanitize(text);
        return clean.Length <= 200 ? clean : clean.Substring(0, 199) + "…";
    }
}
