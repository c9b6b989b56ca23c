using System.Collections.Generic;
using System.Globalization;
using ProcessDedup.Platform;

namespace ProcessDedup.Fetch;

/// <summary>Texts about artifacts: what is built, saved and restored.</summary>
internal static partial class FetchFailures
{
    public static FetchException ArtifactKeyInvalid(string key, string reason) => new(
        FetchError.ArtifactKeyInvalid, Shown(key), $"'{Shown(key)}' cannot be the key of an artifact: {reason}.",
        "Give a name such as 'tools', files with -InputPath (procdedup: --input), and parameters that are texts or numbers.");

    public static FetchException InputMissing(string pattern, string directory) => new(
        FetchError.BuildInputMissing, Shown(pattern),
        $"The build depends on '{Shown(pattern)}', and nothing of that name is in '{directory}'.",
        "Check the path or pattern: relative ones begin at the current directory, ** stands for directories.");

    public static FetchException ArtifactNotFound(string name, string fingerprint, int substituters, int namesakes) => new(
        FetchError.ArtifactNotFound, Shown(name),
        string.Format(
            CultureInfo.InvariantCulture, "No artifact '{0}' ({1}) is in the local store{2}.", Shown(name), fingerprint.Substring(0, 12),
            substituters == 0 ? string.Empty : substituters == 1 ? " or at the substituter" : $" or at one of the {substituters} substituters")
            + (namesakes == 0 ? string.Empty : $" What it has under that name ({namesakes}) was made from something else."),
        namesakes > 0 ? "Give the same inputs and platform; or the whole key, which Get-CachedArtifact (procdedup artifact list --json) shows."
        : "Build it (Invoke-CachedBuild, procdedup build) or save it (Save-CachedArtifact, procdedup artifact save) with the same key and inputs.");

    public static FetchException ArtifactSourceInvalid(string path, string reason) => new(
        FetchError.ArtifactSourceInvalid, path, $"'{path}' cannot be saved as an artifact: {reason}.",
        "Give the path of a file or directory that may be read.");

    public static FetchException BuildCommandFailed(string name, int code, string said) => new(
        FetchError.ProducerFailed, Shown(name),
        string.Format(
            CultureInfo.InvariantCulture, "The command that builds '{0}' ended with exit code {1}.{2}", Shown(name), code,
            said.Length == 0 ? string.Empty : " It had printed: " + RedactedCommandLine.OfOutput(said).TrimEnd('.') + "."),
        "Nothing was published. Mend the command and ask again.");

    public static FetchException BuildMadeNothing(string name) => new(
        FetchError.BuildUnclean, Shown(name), $"The build of '{Shown(name)}' went well and made nothing.",
        "Write the result into the directory that is the block's first argument (a command finds its path in PROCESSDEDUP_OUT).");

    public static FetchException BuildLostItsDirectory(string name) => new(
        FetchError.BuildUnclean, Shown(name), $"The build of '{Shown(name)}' has removed or replaced the directory that it was to fill.",
        "Write into that directory, and leave the directory itself.");

    public static FetchException BuildWroteBeside(string name, string path) => new(
        FetchError.BuildUnclean, Shown(name), $"The build of '{Shown(name)}' has written outside its directory: '{path}'.",
        "Write the result into the directory that is the block's first argument (PROCESSDEDUP_OUT), and other files elsewhere, such as the temporary directory.");

    public static FetchException BuildStillOpen(string name, IReadOnlyList<string> writers) => new(
        FetchError.BuildUnclean, Shown(name),
        $"The build of '{Shown(name)}' has ended, but what it made is still open for writing: {string.Join("; ", writers)}. It could change after it was published.",
        "Close files, and wait for the processes that the build starts.");
}
