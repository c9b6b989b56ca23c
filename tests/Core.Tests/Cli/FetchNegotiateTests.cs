using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>procdedup fetch --negotiate with real Kerberos tickets, and a server that checks them.</summary>
public sealed class FetchNegotiateTests : IDisposable
{
    private const int NoPermission = 77, NotThere = 66;

    private readonly TestDirectory _place = new();
    private readonly Origin _origin = new();
    private readonly KerberosRealm _realm;
    private readonly Peer _server;
    private readonly Lock _oneAtATime = new();

    public FetchNegotiateTests()
    {
        try
        {
            _realm = new KerberosRealm(_place);
            // The other host has a key as well: whether it gets a token is the client's decision alone.
            string keys = _realm.NewKeys("HTTP/localhost");
            _realm.NewKeys("HTTP/127.0.0.1");
            _server = _realm.Start(["KRB5_KTNAME=" + keys], Programs.FetchPeer, "accept");
            _server.Expect("READY");
        }
        catch
        {
            Dispose();
            throw;
        }

        _origin.Handle("/closed", context => AnswerAsync(context, user => ("for " + user, 200)));
        _origin.Handle("/telling", context => AnswerAsync(context, _ => ("You sent " + context.Request.Headers.Authorization, 403)));
        _origin.Redirect("/away", _origin.Url("/closed"));
    }

    public void Dispose()
    {
        _server?.Dispose();
        _realm?.Dispose();
        _origin.Dispose();
        _place.Dispose();
    }

    [Fact]
    public void A_ticket_lets_its_user_in_as_with_curl_and_answers_nobody_else()
    {
        string alice = _realm.NewTickets("alice"), bob = _realm.NewTickets("bob");
        foreach (string user in (string[])["alice", "bob"])
        {
            string tickets = user == "alice" ? alice : bob;
            Assert.Equal($"for {user}@TEST.EXAMPLE", File.ReadAllText(FetchWell(tickets, Url("/closed"), "--negotiate")));
            if (Programs.Find("curl") is { } program)
            {
                using Peer curl = _realm.Start(["KRB5CCNAME=" + tickets], program, "-sf", "--negotiate", "-u", ":", Url("/closed"));
                Assert.Equal((0, $"for {user}@TEST.EXAMPLE"), (curl.WaitForExit(), curl.Finish().Output));
            }
        }

        // Each user's own is in the cache, and stays with that user.
        foreach (string user in (string[])["alice", "bob"])
            Assert.Equal($"for {user}@TEST.EXAMPLE", File.ReadAllText(FetchWell(user == "alice" ? alice : bob, Url("/closed"), "--negotiate", "--offline")));
        Assert.Equal(NotThere, Fetch(_realm.NoTickets, Url("/closed"), "--negotiate", "--offline").Code);
        Assert.Equal(NotThere, Fetch(alice, Url("/closed"), "--offline").Code);
        (int code, _, string errors) = Fetch(_realm.NoTickets, Url("/closed"), "--negotiate", "--max-age-sec", "3600");
        Assert.True(code == NoPermission, errors);
    }

    [Fact]
    public void Without_a_ticket_the_error_names_kinit_and_without_the_option_it_names_the_option()
    {
        (int code, string output, string errors) = Fetch(_realm.NoTickets, Url("/closed"), "--negotiate");
        Assert.Equal((NoPermission, ""), (code, output));
        Assert.Contains("kinit", errors, StringComparison.Ordinal);
        (code, _, errors) = Fetch(_realm.NoTickets, Url("/closed"));
        Assert.Equal(NoPermission, code);
        Assert.Contains("--negotiate", errors, StringComparison.Ordinal);
        Assert.All(_origin.Requests, request => Assert.Null(request.Authorization));
        if (Programs.Find("curl") is { } program)
        {
            using Peer curl = _realm.Start([], program, "-s", "-o", "/dev/null", "-w", "%{http_code}", "--negotiate", "-u", ":", Url("/closed"));
            Assert.Equal("401", curl.Finish().Output);
        }
    }

    [Fact]
    public void A_token_is_in_no_message_record_or_event_though_the_server_repeats_it()
    {
        string alice = _realm.NewTickets("alice");
        (int code, string output, string errors) = Fetch(alice, Url("/telling"), "--negotiate", "--verbose", "--json");
        Assert.True(code == NoPermission, errors);
        output += FetchWell(alice, Url("/closed"), "--negotiate", "--json");
        string[] tokens = [.. _origin.Requests.Select(r => r.Authorization).OfType<string>().Select(sent => sent["Negotiate ".Length..])];
        Assert.Equal(2, tokens.Length);
        foreach (string part in tokens.SelectMany(token => token.Chunk(40).Where(part => part.Length == 40)).Select(part => new string(part)))
            Assert.DoesNotContain(part, output + errors, StringComparison.Ordinal);
        foreach (string token in tokens)
        {
            // Behind the name of the mechanism each token is another.
            using Peer grep = _realm.Start([], "grep", "-raF", token[..60], _place.Home);
            Assert.Equal((1, ""), (grep.WaitForExit(), grep.Finish().Output));
        }
    }

    [Fact]
    public void A_redirect_to_another_host_gets_no_token()
    {
        string alice = _realm.NewTickets("alice");
        (int code, _, string errors) = Fetch(alice, Url("/away"), "--negotiate");
        Assert.True(code == NoPermission, errors);
        Assert.NotEmpty(_origin.RequestsTo("/closed"));
        Assert.All(_origin.Requests, request => Assert.Null(request.Authorization));
        // It would have had one for it: asked itself, it gets it.
        Fetch(alice, _origin.Url("/closed"), "--negotiate");
        Assert.Contains(_origin.RequestsTo("/closed"), request => request.Authorization is not null);
    }

    [Fact]
    public void Git_gets_the_ticket_for_a_repository_too()
    {
        Assert.SkipWhen(Programs.Find("git") is null, "git is not installed");
        string? user = null;
        _origin.Handle("/repository.git/info/refs", context => AnswerAsync(context, name => (user = name, 404)));
        string address = "git+" + Url("/repository.git");
        Assert.Equal(NoPermission, Fetch(_realm.NoTickets, address, "--negotiate").Code);
        Assert.Null(user);
        string alice = _realm.NewTickets("alice");
        Assert.Equal(NotThere, Fetch(alice, address, "--negotiate").Code);
        Assert.Equal("alice@TEST.EXAMPLE", user);
        user = null;
        Assert.Equal(NoPermission, Fetch(alice, address).Code);
        Assert.Null(user);
    }

    private string Url(string path) => _origin.Url(path).Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

    private (int Code, string Output, string Errors) Fetch(string tickets, params string[] arguments)
    {
        using Peer procdedup = _realm.Start(["KRB5CCNAME=" + tickets], Programs.Procdedup, ["fetch", .. arguments]);
        procdedup.EndInput();
        return procdedup.Finish();
    }

    private string FetchWell(string tickets, params string[] arguments)
    {
        (int code, string output, string errors) = Fetch(tickets, arguments);
        Assert.True(code == 0, errors);
        return output;
    }

    private Task AnswerAsync(HttpContext context, Func<string, (string Text, int Status)> answer)
    {
        string sent = context.Request.Headers.Authorization.ToString();
        string[] said = sent.StartsWith("Negotiate ", StringComparison.Ordinal) ? Check(sent["Negotiate ".Length..]).Split(' ') : [];
        if (said is not ["USER", var user, var proof])
        {
            context.Response.Headers.WWWAuthenticate = "Negotiate";
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        }

        (string text, context.Response.StatusCode) = answer(user);
        context.Response.Headers.WWWAuthenticate = "Negotiate " + proof;
        context.Response.ContentType = "text/plain";
        return context.Response.WriteAsync(text);
    }

    private string Check(string token)
    {
        lock (_oneAtATime)
        {
            _server.Say(token);
            return _server.Read("USER or REFUSED");
        }
    }
}
