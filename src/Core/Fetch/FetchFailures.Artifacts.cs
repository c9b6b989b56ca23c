using System.Collections.Generic;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch;

/// <summary>Texts about artifacts: what is built, saved and restored.</summary>
internal static partial class FetchFailures
{
    public static FetchException ArtifactKeyInvalid(string key, string reason) => new(
        FetchError.ArtifactKeyInvalid, Shown(key), Message.Of(Key.FetchArtifactKeyInvalidCause, Shown(key), reason),
        Message.Of(Key.FetchArtifactKeyInvalidNext));

    public static FetchException InputMissing(string pattern, string directory) => new(
        FetchError.BuildInputMissing, Shown(pattern),
        Message.Of(Key.FetchInputMissingCause, Shown(pattern), directory),
        Message.Of(Key.FetchInputMissingNext));

    public static FetchException ArtifactNotFound(string name, string fingerprint, int substituters, int namesakes) => new(
        FetchError.ArtifactNotFound, Shown(name),
        Message.Of(Key.FetchArtifactNotFoundCause, Shown(name), fingerprint.Substring(0, 12),
            substituters == 0 ? string.Empty : substituters == 1 ? Message.Of(Key.FetchArtifactNotFoundAtOne) : Message.Of(Key.FetchArtifactNotFoundAtMany, substituters))
            + (namesakes == 0 ? string.Empty : Message.Of(Key.FetchArtifactNotFoundNamesakes, namesakes)),
        namesakes > 0 ? Message.Of(Key.FetchArtifactNotFoundNamesakesNext)
        : Message.Of(Key.FetchArtifactNotFoundNext));

    public static FetchException ArtifactSourceInvalid(string path, string reason) => new(
        FetchError.ArtifactSourceInvalid, path, Message.Of(Key.FetchArtifactSourceInvalidCause, path, reason),
        Message.Of(Key.FetchArtifactSourceInvalidNext));

    public static FetchException ArtifactDiffers(string name, string path) => new(
        FetchError.ArtifactDiffers, Shown(name), Message.Of(Key.FetchArtifactDiffersCause, Shown(name), path),
        Message.Of(Key.FetchArtifactDiffersNext));

    public static FetchException BuildCommandFailed(string name, int code, string said) => new(
        FetchError.ProducerFailed, Shown(name),
        Message.Of(Key.FetchBuildCommandFailedCause, Shown(name), code,
            said.Length == 0 ? string.Empty : Message.Of(Key.FetchBuildCommandFailedPrinted, said.TrimEnd('.'))),
        Message.Of(Key.FetchBuildCommandFailedNext));

    public static FetchException BuildMadeNothing(string name) => new(
        FetchError.BuildUnclean, Shown(name), Message.Of(Key.FetchBuildMadeNothingCause, Shown(name)),
        Message.Of(Key.FetchBuildMadeNothingNext));

    public static FetchException BuildLostItsDirectory(string name) => new(
        FetchError.BuildUnclean, Shown(name), Message.Of(Key.FetchBuildLostItsDirectoryCause, Shown(name)),
        Message.Of(Key.FetchBuildLostItsDirectoryNext));

    public static FetchException BuildWroteBeside(string name, string path) => new(
        FetchError.BuildUnclean, Shown(name), Message.Of(Key.FetchBuildWroteBesideCause, Shown(name), path),
        Message.Of(Key.FetchBuildWroteBesideNext));

    public static FetchException BuildStillOpen(string name, IReadOnlyList<string> writers) => new(
        FetchError.BuildUnclean, Shown(name),
        Message.Of(Key.FetchBuildStillOpenCause, Shown(name), string.Join("; ", writers)),
        Message.Of(Key.FetchBuildStillOpenNext));
}
