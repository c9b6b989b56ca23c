using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using ProcessDedup.Servers;
using Xunit;

namespace ProcessDedup.Tests.Harness;

/// <summary>
/// A realm of one test's own: a key distribution center (MIT's krb5kdc) on loopback with its database, keys and tickets in the test's
/// directory. GSSAPI reads its environment from the process, not from .NET, so whatever needs a ticket runs as a process of its own.
/// </summary>
internal sealed class KerberosRealm : IDisposable
{
    private const string Name = "TEST.EXAMPLE";

    private static readonly string[] Needed = ["krb5kdc", "kdb5_util", "kadmin.local", "kinit"];

    private readonly TestDirectory _place;
    private readonly string _own;
    private readonly Peer _center;

    public KerberosRealm(TestDirectory place)
    {
        string? missing = Needed.FirstOrDefault(program => Find(program) is null);
        Assert.SkipWhen(missing is not null, $"{missing} is not installed (Debian: krb5-kdc, krb5-admin-server, krb5-user)");
        Assert.SkipUnless(NativeLibrary.TryLoad("libgssapi_krb5.so.2", out _), "libgssapi_krb5.so.2 is not installed (Debian: libgssapi-krb5-2)");
        _place = place;
        _own = place.NewDirectory("realm");
        int port = FreePort.Next();
        string address = FormattableString.Invariant($"127.0.0.1:{port}");
        // No question to DNS: a principal is what the address says.
        File.WriteAllText(At("krb5.conf"), $$"""
            [libdefaults]
            default_realm = {{Name}}
            dns_lookup_kdc = false
            dns_lookup_realm = false
            dns_canonicalize_hostname = false
            rdns = false
            udp_preference_limit = 1
            [realms]
            {{Name}} = {
              kdc = {{address}}
            }
            [domain_realm]
            localhost = {{Name}}
            127.0.0.1 = {{Name}}
            [logging]
            kdc = FILE:{{At("kdc.log")}}
            """);
        File.WriteAllText(At("kdc.conf"), $$"""
            [kdcdefaults]
            kdc_listen = {{address}}
            kdc_tcp_listen = {{address}}
            [realms]
            {{Name}} = {
              database_name = {{At("principal")}}
              key_stash_file = {{At("stash")}}
              acl_file = {{At("acl")}}
            }
            """);
        Run("kdb5_util", "create", "-r", Name, "-s", "-P", Guid.NewGuid().ToString("N"));
        _center = Start("krb5kdc", "-n", "-r", Name, "-P", At("pid"));
        try
        {
            Eventually.True(() => _center.HasExited || NginxServer.Answers(port), "the key distribution center answers");
            Assert.SkipWhen(_center.HasExited, $"krb5kdc does not run here: {_center.Errors}");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where nobody has put a ticket.</summary>
    public string NoTickets => "FILE:" + At("nobody.tickets");

    /// <summary>Makes a principal; its keys are in this file.</summary>
    public string NewKeys(string principal)
    {
        string file = At(principal.Replace('/', '_') + ".keys");
        Run("kadmin.local", "-r", Name, "-q", "addprinc -randkey " + principal);
        Run("kadmin.local", "-r", Name, "-q", $"ktadd -k {file} {principal}");
        return file;
    }

    /// <summary>A user who has logged in: the value of KRB5CCNAME.</summary>
    public string NewTickets(string user)
    {
        string tickets = "FILE:" + At(user + ".tickets");
        Run("kinit", "-k", "-t", NewKeys(user), "-c", tickets, user);
        return tickets;
    }

    /// <summary>A program that knows this realm alone, with these variables too (NAME=VALUE).</summary>
    public Peer Start(string[] variables, string program, params string[] arguments) => Peer.Run(
        _place, "env",
        [$"KRB5_CONFIG={At("krb5.conf")}", $"KRB5_KDC_PROFILE={At("kdc.conf")}", $"KRB5_KTNAME={At("none.keys")}", $"KRB5CCNAME={NoTickets}", .. variables, program, .. arguments]);

    public void Dispose() => _center?.Dispose();

    private Peer Start(string program, params string[] arguments) => Start([], Find(program)!, arguments);

    private void Run(string program, params string[] arguments)
    {
        using Peer peer = Start(program, arguments);
        peer.EndInput();
        (int code, string output, string errors) = peer.Finish();
        Assert.True(code == 0, string.Create(CultureInfo.InvariantCulture, $"{program} ended with {code}: {output}{errors}"));
    }

    private string At(string name) => Path.Combine(_own, name);

    // The daemons' folder is not on every user's PATH.
    private static string? Find(string program) =>
        Programs.Find(program) ?? (File.Exists("/usr/sbin/" + program) ? "/usr/sbin/" + program : null);
}
