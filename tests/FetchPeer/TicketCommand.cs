using System.Net.Security;
using System.Security.Principal;

namespace ProcessDedup.FetchPeer;

/// <summary>
/// accept: READY; then for each line, a token of Negotiate: USER NAME ANSWER, or REFUSED WHY. The server's half of a login; the keys
/// come from KRB5_KTNAME, which a process reads as it starts.
/// </summary>
internal static class TicketCommand
{
    public static void Accept(string[] words)
    {
        Speech.Say("READY");
        while (Speech.Hear() is { } token)
        {
            using var server = new NegotiateAuthentication(new NegotiateAuthenticationServerOptions { Package = "Negotiate" });
            string? answer = server.GetOutgoingBlob(token, out NegotiateAuthenticationStatusCode status);
            Speech.Say(status == NegotiateAuthenticationStatusCode.Completed && server.RemoteIdentity is IIdentity user
                ? $"USER {user.Name} {answer}"
                : $"REFUSED {status}");
        }
    }
}
