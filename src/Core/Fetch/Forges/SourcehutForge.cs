using System;
using ProcessDedup.Fetch.Git;

namespace ProcessDedup.Fetch.Forges;

/// <summary>Sourcehut, which is asked as git asks a plain web server.</summary>
internal sealed class SourcehutForge(ForgeAddress address, FetchRequest request)
    : Forge(address, Place(address, request.Forges.Sourcehut, "PROCESSDEDUP_SOURCEHUT_URL", "https://git.sr.ht"))
{
    private const string SymbolicReference = "ref:";

    // Without a ref the name of the default branch must be asked for first.
    public override bool IsOneQuestion => Address.Ref is not null;

    public override string FindCommit(Func<Uri, string?, string> ask)
    {
        string? reference = Address.Ref;
        if (reference is null or Head)
        {
            string head = ask(Below(Root, Escaped + "/HEAD"), null).Trim();
            if (!head.StartsWith(SymbolicReference, StringComparison.Ordinal))
                return CommitIn(head);
            reference = head.Substring(SymbolicReference.Length).Trim();
        }

        string list = ask(Below(Root, Escaped + "/info/refs"), null);
        return GitRefPlan.Find(list, GitRefPlan.Names(reference)) ?? throw FetchFailures.RefNotFound(Address.Display, Address.Ref);
    }

    public override Uri Archive(string commit) => Below(Root, $"{Escaped}/archive/{commit}.tar.gz");
}
