using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Revisions;

/// <summary>Names of commits: whole hashes, as only these mean the same for ever.</summary>
internal static class CommitHash
{
    private const int Sha1Digits = 40;
    private const int Sha256Digits = 64;

    public static bool IsHash(string text) => text.Length is Sha1Digits or Sha256Digits && ContentHash.IsHex(text.ToLowerInvariant());

    public static bool IsSha256(string commit) => commit.Length == Sha256Digits;

    /// <summary>
    /// Can it be the name of a branch or tag (git-check-ref-format)? What cannot is never handed to git or to a forge.
    /// </summary>
    public static bool IsRefName(string name)
    {
        if (name.Length is 0 or > 1000 || name[0] is '-' or '/' or '.' || name[name.Length - 1] is '/' or '.')
            return false;
        foreach (char c in name)
        {
            if (char.IsControl(c) || " ~^:?*[\\\u007f".Contains(c))
                return false;
        }

        foreach (string part in new[] { "..", "@{", "//", "/.", ".lock/" })
        {
            if (name.Contains(part, System.StringComparison.Ordinal))
                return false;
        }

        return name != "@" && !name.EndsWith(".lock", System.StringComparison.Ordinal);
    }
}
