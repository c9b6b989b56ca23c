using System;
using System.Text.Json;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch.Forges;

/// <summary>GitLab, wherever it is.</summary>
internal sealed class GitLabForge(ForgeAddress address, FetchRequest request)
    : Forge(address, Place(address, request.Forges.GitLab, "PROCESSDEDUP_GITLAB_URL", "https://gitlab.com"))
{
    private string Project => "api/v4/projects/" + Uri.EscapeDataString(Address.Owner + "/" + Address.Name) + "/repository/";

    public override string FindCommit(Func<Uri, string?, string> ask)
    {
        string answer = ask(Below(Root, $"{Project}commits?ref_name={Uri.EscapeDataString(Address.Ref ?? Head)}&per_page=1"), null);
        using JsonDocument json = ForgeAnswer.Json(Address.Display, answer);
        JsonElement list = json.RootElement;
        if (list.ValueKind != JsonValueKind.Array)
            throw FetchFailures.AnswerNotUnderstood(Address.Display, Message.Of(Key.ReasonNoListOfCommits));
        return list.GetArrayLength() > 0
            ? CommitIn(ForgeAnswer.Text(list[0], "id"))
            : throw FetchFailures.RefNotFound(Address.Display, Address.Ref);
    }

    public override Uri Archive(string commit) => Below(Root, $"{Project}archive.tar.gz?sha={commit}");
}
