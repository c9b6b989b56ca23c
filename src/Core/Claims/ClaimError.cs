namespace ProcessDedup.Claims;

/// <summary>What went wrong with a claim. The names are the error ids.</summary>
public enum ClaimError
{
    /// <summary>The namespace is not a name.</summary>
    ClaimNamespaceInvalid,

    /// <summary>The key is empty, too long, or holds what no key may hold.</summary>
    ClaimKeyInvalid,

    /// <summary>The lease is no time span that can be kept.</summary>
    ClaimLeaseInvalid,

    /// <summary>The token is empty or too long.</summary>
    ClaimTokenInvalid,

    /// <summary>Several users share the root, which can have no claims of its own.</summary>
    ClaimPathNeeded,

    /// <summary>There is no such claim.</summary>
    ClaimNotFound,

    /// <summary>The claim is somebody else's.</summary>
    ClaimNotOwned,

    /// <summary>It could not be found out whether the claim was made.</summary>
    ClaimOutcomeUnknown,
}
