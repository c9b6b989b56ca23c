using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Artifacts;

/// <summary>Extended attributes are kept by an option, given to who asks for them, and what is dropped is said.</summary>
public sealed class ExtendedAttributeTests : IDisposable
{
    private const string Option = "-KeepExtendedAttributes (procdedup: --xattrs)";

    private readonly TestDirectory _place = new();
    private readonly string _source;

    public ExtendedAttributeTests()
    {
        Assert.SkipWhen(Programs.Find("setfattr") is null || Programs.Find("setfacl") is null || Programs.Find("setcap") is null, "attr, acl or libcap2-bin is not installed");
        _source = _place.NewDirectory("source");
        Run($"""
            cd '{_source}'; mkdir dir; echo x > dir/file; ln dir/file linked; cp /bin/true ping; echo plain > plain; ln -s plain link
            setfattr -n user.origin -v 'https://example.org/a b' dir/file; setfattr -n user.bytes -v 0x00ff0a3d dir
            setfattr -n user.root -v top .; setfacl -m u:4711:r plain; setfacl -d -m g:4712:rx dir
            """);
    }

    public void Dispose() => _place.Dispose();

    private ArtifactCache Cache => ArtifactCache.Open(_place.Root);

    private static ArtifactRequest Want(string name, string? destination = null, bool keeps = true) =>
        new(ArtifactKey.Of(name)) { Destination = destination, KeepExtendedAttributes = keeps };

    private string Run(string script)
    {
        using Peer peer = Peer.Run(_place, "sh", "-ec", script);
        (int code, string output, string errors) = peer.Finish();
        Assert.True(code == 0, output + errors);
        return output.TrimEnd();
    }

    private (int Code, string Output, string Errors) Procdedup(params string[] arguments)
    {
        using Peer peer = Peer.Procdedup(_place, arguments);
        return peer.Finish();
    }

    private string In(string directory) => Run($"cd '{directory}'; getfattr -Rhd -m - -e hex . | grep -v selinux; getfacl -Rpn . | grep -v '^# owner'; find . -type f -printf '%p %m %n\\n' | sort");

    private bool TryGiveCapability()
    {
        using Peer peer = Peer.Run(_place, "setcap", "cap_net_raw+ep", Path.Combine(_source, "ping"));
        return peer.Finish().Code == 0;
    }

    [Fact]
    public void With_the_option_they_come_back_as_by_cp()
    {
        bool hasCapability = TryGiveCapability();
        string expected = In(_source);
        Cache.Save(Want("k"), _source);
        Cache.Restore(Want("k", _place.File("out")));
        Run($"cp -a '{_source}' '{_place.File("cp")}'");
        Assert.Equal(expected, In(_place.File("cp")));
        Assert.Equal(expected, In(_place.File("out")));
        if (hasCapability)
            Assert.Contains("cap_net_raw", Run($"getcap '{_place.File("out/ping")}'"), StringComparison.Ordinal);
        // Linked into the store is what has none; the store itself gets none.
        Artifact linked = Cache.Restore(Want("k", _place.File("linked")) with { ReadOnly = true });
        Assert.Contains("user.origin", Run($"cd '{linked.Path}'; getfattr -d dir/file"), StringComparison.Ordinal);
        Assert.Equal("444", Run($"stat -c %a '{linked.Path}/dir/file'"));
        Assert.Equal("", Run($"getfattr -Rhd -m - '{Cache.Restore(Want("k")).Path}'"));
        // What a program without such attributes has copied gets them.
        Run($"cp -r -P '{_source}' '{_place.File("there")}'");
        Cache.Restore(Want("k", _place.File("there")));
        Assert.Contains("user.origin", Run($"cd '{_place.File("there")}'; getfattr -d dir/file"), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_option_neither_a_save_nor_a_restore_drops_them_silently()
    {
        (int code, _, string errors) = Procdedup("artifact", "save", "without", _source);
        Assert.Equal(0, code);
        Assert.Equal(1, errors.Split(Option).Length - 1);
        Assert.Contains("extended attributes (5 items: ", errors, StringComparison.Ordinal);
        Assert.Equal(0, Procdedup("artifact", "save", "with", _source, "--xattrs").Code);
        (code, _, errors) = Procdedup("artifact", "restore", "with", "--out", _place.File("out"));
        Assert.Equal(0, code);
        Assert.Contains(Option, errors, StringComparison.Ordinal);
        Assert.Equal("", Run($"getfattr -Rhd -m - '{_place.File("out")}'"));
        (code, _, errors) = Procdedup("artifact", "restore", "with", "--out", _place.File("again"), "--xattrs");
        Assert.Equal((0, ""), (code, errors));
        Assert.Equal(In(_source), In(_place.File("again")));
    }

    [Fact]
    public void Setuid_and_other_peoples_files_are_said_once_for_all()
    {
        string tree = _place.NewDirectory("tree");
        Run($"cd '{tree}'; echo x > a; echo x > b; chmod 4755 a; chmod 2755 b");
        (int code, _, string errors) = Procdedup("artifact", "save", "k", tree);
        Assert.Equal((0, 1), (code, errors.Split("comes back without").Length - 1));
        Assert.Contains("setuid, setgid or sticky bits (2, first 'a')", errors, StringComparison.Ordinal);
        Assert.Equal(0, Procdedup("artifact", "restore", "k", "--out", _place.File("out")).Code);
        Assert.Equal("755 755", Run($"cd '{_place.File("out")}'; echo $(stat -c %a a b)"));
        string plain = _place.NewDirectory("usual");
        Run($"cd '{plain}'; echo x > a; mkdir d; ln -s a l");
        Assert.DoesNotContain("without", Procdedup("artifact", "save", "usual", plain).Errors, StringComparison.Ordinal);
        // A build says it, too.
        Assert.Contains(
            "setuid, setgid or sticky bits (1, first 'x')",
            Procdedup("build", "b", "--", "sh", "-c", "echo x > \"$PROCESSDEDUP_OUT/x\"; chmod u+s \"$PROCESSDEDUP_OUT/x\"").Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_peoples_files_are_said()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        Run($"chown 4711 '{_source}/plain'");
        Assert.Contains("owners other than this user (1, first 'plain')", Procdedup("artifact", "save", "k", _source).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void From_another_store_they_come_signed_and_only_if_asked_for()
    {
        Assert.SkipUnless(TryGiveCapability(), "needs the right to give capabilities");
        string shelf = _place.File("shelf"), signing = _place.File("key.pem"), trusted = _place.File("pub.pem");
        Run($"openssl ecparam -name prime256v1 -genkey -noout -out '{signing}'; openssl ec -in '{signing}' -pubout -out '{trusted}' 2>/dev/null");
        Cache.Save(Want("k"), _source);
        Cache.Publish(ArtifactKey.Of("k"), shelf, signing, new(), new FetchActivity());
        // GNU tar finds them in the pack.
        string pack = Assert.Single(Directory.GetFiles(Path.Combine(shelf, "packs"), "*", SearchOption.AllDirectories));
        Run($"mkdir '{_place.File("tar")}'; tar --xattrs '--xattrs-include=*' -C '{_place.File("tar")}' -xf '{pack}'");
        Assert.Contains("cap_net_raw", Run($"getcap '{_place.File("tar/ping")}'"), StringComparison.Ordinal);
        using var elsewhere = new TestDirectory();
        ArtifactCache there = ArtifactCache.Open(elsewhere.Root);
        ArtifactRequest request = Want("k", elsewhere.File("without"), keeps: false) with { Substituters = new() { Addresses = [shelf], TrustedKeys = [trusted] } };
        Assert.Equal(FetchStatus.Substituted, there.Restore(request).Status);
        Assert.Equal("", Run($"getfattr -Rhd -m - '{elsewhere.File("without")}'"));
        there.Restore(request with { Destination = elsewhere.File("with"), KeepExtendedAttributes = true });
        Assert.Equal(In(_source), In(elsewhere.File("with")));
        // Who changes them, or takes them away, has no signature for that.
        foreach (string wrong in new[] { "0000", null! })
        {
            string record = Assert.Single(Directory.GetFiles(Path.Combine(shelf, "artifacts"), "*", SearchOption.AllDirectories));
            IEnumerable<string> lines = File.ReadAllLines(record);
            File.WriteAllLines(record, lines.Where(l => wrong is not null || !l.Contains("\"attributes\"", StringComparison.Ordinal))
                .Select(l => l.Contains("\"attributes\"", StringComparison.Ordinal) ? $"  \"attributes\": \"{new string('0', 64)}\"," : l));
            using var third = new TestDirectory();
            Assert.Equal(FetchError.ArtifactNotFound, Assert.Throws<FetchException>(
                () => ArtifactCache.Open(third.Root).Restore(request with { Destination = third.File("out") })).Error);
        }
    }

    [Fact]
    public void What_cannot_be_set_is_an_error_and_leaves_nothing()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && Programs.Find("setpriv") is not null, "needs root and setpriv");
        Assert.SkipUnless(TryGiveCapability(), "needs the right to give capabilities");
        Cache.Save(Want("k"), _source);
        using Peer peer = Peer.Run(_place, "setpriv", "--bounding-set=-setfcap", "--inh-caps=-setfcap", "sh", "-c",
            $"PROCESSDEDUP_HOME='{_place.Home}' exec '{Programs.Procdedup}' artifact restore k --xattrs --out '{_place.File("out")}'");
        (int code, _, string errors) = peer.Finish();
        Assert.Equal(73, code);
        Assert.Contains("'security.capability' of 'ping'", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_place.File("out")));
    }

    [Fact]
    public void Another_capability_of_the_same_content_is_another_thing_to_save()
    {
        Cache.Save(Want("k"), _source);
        Run($"setfattr -n user.origin -v other '{_source}/dir/file'");
        FetchException differs = Assert.Throws<FetchException>(() => Cache.Save(Want("k") with { MustBeSame = true }, _source));
        Assert.Equal(FetchError.ArtifactDiffers, differs.Error);
        Cache.Save(Want("k") with { MustBeSame = true, Force = true }, _source);
        Cache.Restore(Want("k", _place.File("out")));
        Assert.Equal(In(_source), In(_place.File("out")));
    }
}
