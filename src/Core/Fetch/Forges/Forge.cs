using System;
using System.Linq;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Fetch.Revisions;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch.Forges;

/// <summary>How a forge is asked for commits and archives.</summary>
internal abstract class Forge(ForgeAddress address, Uri root)
{
    /// <summary>What the default branch is called.</summary>
    protected const string Head = "HEAD";

    public ForgeAddress Address { get; } = address;

    /// <summary>Where the forge is.</summary>
    public Uri Root { get; } = root;

    protected string Escaped => $"{Uri.EscapeDataString(Address.Owner).Replace("%7E", "~")}/{Uri.EscapeDataString(Address.Name)}";

    /// <summary>The forge that an address is for.</summary>
    public static Forge Of(ForgeAddress address, FetchRequest request) => address.Scheme switch
    {
        "github" => new GitHubForge(address, request),
        "gitlab" => new GitLabForge(address, request),
        _ => new SourcehutForge(address, request),
    };

    /// <summary>Finds the commit.</summary>
    /// <param name="ask">Gets a small answer; validated if it is the only question.</param>
    /// <exception cref="FetchException">GitRefNotFound, GitFailed</exception>
    public abstract string FindCommit(Func<Uri, string?, string> ask);

    /// <summary>Does one question lead to the commit? Then its answer can be revalidated.</summary>
    public virtual bool IsOneQuestion => true;

    /// <summary>The archive of a commit.</summary>
    public abstract Uri Archive(string commit);

    /// <summary>The place that the address, the request, or the environment names; else the usual one.</summary>
    protected static Uri Place(ForgeAddress address, Uri? requested, string variable, string usual)
    {
        if (address.Host is not null)
            return new Uri("https://" + address.Host);
        if (requested is not null)
            return Checked(requested, nameof(FetchRequest.Forges));
        string? set = Environment.GetEnvironmentVariable(variable);
        if (string.IsNullOrWhiteSpace(set))
            return new Uri(usual);
        return Uri.TryCreate(set!.Trim(), UriKind.Absolute, out Uri? uri) ? Checked(uri, variable) : throw FetchFailures.ForgeUrlInvalid(variable);
    }

    protected static Uri Checked(Uri uri, string setting) =>
        uri.IsAbsoluteUri && HttpSource.IsHttp(uri) && uri.Host.Length > 0 && uri.UserInfo.Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0
            ? uri
            : throw FetchFailures.ForgeUrlInvalid(setting);

    protected static Uri Below(Uri root, string path) => new(root.AbsoluteUri.TrimEnd('/') + "/" + path);

    /// <summary>A branch's slashes remain.</summary>
    protected static string EscapedRef(string reference) => string.Join("/", reference.Split('/').Select(Uri.EscapeDataString));

    protected string CommitIn(string text) => CommitHash.IsHash(text)
        ? text.ToLowerInvariant()
        : throw FetchFailures.AnswerNotUnderstood(Address.Display, Message.Of(Key.ReasonNamesNoCommit));
}
