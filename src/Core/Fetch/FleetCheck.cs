using ProcessDedup.Artifacts;
using ProcessDedup.Substituters;

namespace ProcessDedup.Fetch;

/// <summary>Can content get from one machine of a fleet to the others? Asked before anything is done.</summary>
internal static class FleetCheck
{
    /// <exception cref="FetchException">
    /// <see cref="FetchError.FetchOptionsInvalid"/>, <see cref="FetchError.SubstituterInvalid"/>, <see cref="FetchError.SigningKeyInvalid"/>
    /// </exception>
    public static void Check(ArtifactRequest request) => Check(
        request.Key.Name, request.Coordinator is not null, request.Substituters, request.PublishTo, request.SigningKey);

    /// <summary>The same of a fetch.</summary>
    public static void Check(FetchRequest request) => Check(
        FetchFailures.Public(request.Address), request.Coordinator is not null, request.Substituters, request.PublishTo, request.SigningKey);

    private static void Check(string name, bool isFleet, SubstituterOptions substituters, string? publishTo, string? signingKey)
    {
        if (isFleet && publishTo is null)
            throw FetchFailures.NowhereToPublish(name);
        if (isFleet && substituters.Addresses.Count == 0)
            throw FetchFailures.NowhereToLook(name);
        if (signingKey is not null && publishTo is null)
            throw FetchFailures.NothingToSign(name);

        if (publishTo is not null)
            SubstituterAddress.Parse(publishTo);
        // Now: a wrong key must not be found out only when the work is done.
        if (signingKey is not null)
            SigningKey.ForSigning(signingKey).Dispose();
    }
}
