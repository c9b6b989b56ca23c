using System;

namespace ProcessDedup.Fetch;

/// <summary>
/// Where <c>github:</c>, <c>gitlab:</c> and <c>sourcehut:</c> are, for forges of one's own. An address's own
/// <c>?host=</c> goes before these, and these before the environment: <c>PROCESSDEDUP_GITHUB_URL</c>,
/// <c>PROCESSDEDUP_GITLAB_URL</c> and <c>PROCESSDEDUP_SOURCEHUT_URL</c>.
/// </summary>
/// <remarks>Plain setters, for the reason that <see cref="Locks.LockRequest"/> gives.</remarks>
public sealed class ForgeUrls
{
    /// <summary>Instead of https://github.com. Its API is then expected below it at /api/v3, as with GitHub Enterprise.</summary>
    public Uri? GitHub { get; init; }

    /// <summary>Instead of https://api.github.com, where it is not below <see cref="GitHub"/>.</summary>
    public Uri? GitHubApi { get; init; }

    /// <summary>Instead of https://gitlab.com; its API is below it at /api/v4.</summary>
    public Uri? GitLab { get; init; }

    /// <summary>Instead of https://git.sr.ht.</summary>
    public Uri? Sourcehut { get; init; }
}
