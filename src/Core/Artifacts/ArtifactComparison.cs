using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Artifacts;

/// <summary>Compares what is to be saved with what is there under its key.</summary>
internal static class ArtifactComparison
{
    /// <exception cref="FetchException"><see cref="FetchError.ArtifactDiffers"/></exception>
    public static void RequireSame(CacheStore store, ArtifactRequest request, CacheEntry entry, ArtifactSource from, CancellationToken cancellation)
    {
        // Copied as it would be saved: what a copy leaves out of modes and links must not look like a difference.
        using StagingDirectory place = store.NewStaging();
        string copy = place.File("content"), source = RealPath.Of(from.Path);
        FileSystem.CreatePrivateDirectory(copy);
        TreeIntake.Copy(source, copy, from.FileName, cancellation);
        TreeManifest manifest = TreeManifest.Of(copy, cancellation, keepsModes: true, request.AllowOutwardLinks);
        if (request.KeepExtendedAttributes)
        {
            TreeSurvey survey = TreeSurvey.Of(source, from.FileName, keepsExtended: true, cancellation);
            manifest = manifest.WithAttributes(TreeAttributes.WithExtended(manifest.Attributes, manifest.Items, survey.Extended));
        }

        bool isOther = request.KeepExtendedAttributes && manifest.Attributes?.Digest != entry.Attributes;
        if (isOther || from.FileName != entry.FileName || manifest.Digest.Hex != entry.Digest)
            throw FetchFailures.ArtifactDiffers(request.Key.Name, from.Path);
    }
}
