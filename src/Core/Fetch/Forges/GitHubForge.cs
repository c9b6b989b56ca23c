using System;
using System.Text.Json;
using ProcessDedup.Fetch.Http;

namespace ProcessDedup.Fetch.Forges;

/// <summary>GitHub, and GitHub Enterprise elsewhere.</summary>
internal sealed class GitHubForge(ForgeAddress address, FetchRequest request)
    : Forge(address, Place(address, request.Forges.GitHub, "PROCESSDEDUP_GITHUB_URL", Usual))
{
    private const string Usual = "https://github.com";
    private const string UsualApi = "https://api.github.com";

    // The commit's hash alone, without its diff.
    private const string HashOnly = "application/vnd.github.sha";

    private readonly FetchRequest _request = request;

    private Uri Api => Address.Host is null && _request.Forges.GitHubApi is { } api ? Checked(api, nameof(FetchRequest.Forges))
        : Root.Host == "github.com" ? new Uri(UsualApi)
        : Below(Root, "api/v3");

    public override string FindCommit(Func<Uri, string?, string> ask)
    {
        string answer = ask(Below(Api, $"repos/{Escaped}/commits/{EscapedRef(Address.Ref ?? Head)}"), HashOnly).Trim();
        if (!answer.StartsWith('{'))
            return CommitIn(answer);
        // A proxy or an imitation that does not know the short form.
        using JsonDocument json = ForgeAnswer.Json(Address.Display, answer);
        return CommitIn(ForgeAnswer.Text(json.RootElement, "sha"));
    }

    /// <summary>
    /// The public archives are not counted against the API's rate limit; to private ones only the API lets in who shows
    /// a token.
    /// </summary>
    public override Uri Archive(string commit) => IsKnown
        ? Below(Api, $"repos/{Escaped}/tarball/{commit}")
        : Below(Root, $"{Escaped}/archive/{commit}.tar.gz");

    private bool IsKnown => _request.Credential is not null || _request.Headers.Count > 0 || Netrc.Find(Api.IdnHost) is not null;
}
