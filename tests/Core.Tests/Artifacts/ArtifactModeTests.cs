using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Store;
using ProcessDedup.Substituters;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Artifacts;

/// <summary>An artifact comes back with the permissions that it was made with.</summary>
public sealed class ArtifactModeTests : IDisposable
{
    private static readonly string[] Umasks = ["077", "002", "022", "0"];

    private readonly TestDirectory _place = new();
    private readonly string _source;

    public ArtifactModeTests() => _source = Modes.Make(_place.File("source"));

    public void Dispose() => _place.Dispose();

    private ArtifactCache Cache => ArtifactCache.Open(_place.Root);

    private static ArtifactRequest Want(string name, string? destination = null) => new(ArtifactKey.Of(name)) { Destination = destination };

    private string Shell(string umask, string script)
    {
        using Peer peer = Peer.Run(_place, "/bin/sh", "-c", $"umask {umask}; cd '{_place.Path}'; {script}");
        (int code, string output, string errors) = peer.Finish();
        Assert.True(code == 0, errors);
        return output;
    }

    private static string? DigestIn(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("digest").GetString();
    }

    [Fact]
    public void What_was_saved_comes_back_with_its_modes()
    {
        IReadOnlyList<string> made = Modes.Below(_source);
        Cache.Save(Want("tree"), _source);
        Cache.Restore(Want("tree", _place.File("out")));
        Assert.Equal(made, Modes.Below(_place.File("out")));
        Assert.Equal(made, Modes.Below(_source));
        Cache.Restore(new ArtifactRequest(ArtifactKey.Of("tree")) { Destination = _place.File("unseen"), SkipVerification = true });
        Assert.Equal(made, Modes.Below(_place.File("unseen")));
    }

    [Theory]
    [InlineData("600")]
    [InlineData("640")]
    [InlineData("750")]
    [InlineData("444")]
    [InlineData("644")]
    [InlineData("755")]
    public void A_single_file_has_its_mode_wherever_it_is_put(string octal)
    {
        Cache.Save(Want("file"), Path.Combine(_source, octal));
        Cache.Restore(Want("file", _place.File("out")));
        Assert.Equal(octal, Modes.Of(_place.File("out")));
        // In place of one that has another.
        Modes.Set(_place.File("out"), "777");
        Cache.Restore(Want("file", _place.File("out")));
        Assert.Equal(octal, Modes.Of(_place.File("out")));
    }

    [Theory]
    [InlineData("077", "700 dir", "600 dir/file")]
    [InlineData("002", "775 dir", "664 dir/file")]
    [InlineData("022", "755 dir", "644 dir/file")]
    public void A_build_keeps_what_its_umask_made_of_modes_and_others_get_the_same(string umask, string directory, string file)
    {
        Shell(umask, """
            echo linked > linked; chmod 644 linked
            "$PROCDEDUP" build k --out first -- sh -c 'ln linked "$PROCESSDEDUP_OUT/linked"; cd "$PROCESSDEDUP_OUT"; mkdir dir; echo x > dir/file; echo p > run; chmod 755 run'
            """);
        string[] expected = [directory, file, "644 linked", "755 run"];
        Cache.Restore(Want(Assert.Single(Cache.List()).Key, _place.File("second")));
        Assert.Equal(expected, Modes.Below(_place.File("second")));
        // What has the usual mode is the umask's, as anything else that is made.
        IEnumerable<string> first = Modes.Below(_place.File("first")).Except(umask == "077" ? ["600 linked", "700 run"] : ["644 linked", "755 run"]);
        Assert.Equal([directory, file], first);
    }

    [Fact]
    public void A_saved_tree_has_the_same_digest_whatever_the_umask()
    {
        string?[] digests = [.. Umasks.Select(umask => DigestIn(Shell(umask, $"\"$PROCDEDUP\" artifact save k{umask} source --json")))];
        Assert.Equal("sha256:" + TreeManifest.Of(_source, default, keepsModes: true).Digest.Hex, Assert.Single(digests.Distinct()));
    }

    [Fact]
    public void Another_store_gives_the_same_modes()
    {
        string substituter = _place.NewDirectory("substituter");
        var options = new SubstituterOptions { Addresses = [substituter], ConnectTimeout = TimeSpan.FromSeconds(80), StallTimeout = TimeSpan.FromSeconds(80) };
        Artifact saved = Cache.Save(Want("tree"), _source);
        Cache.Publish(ArtifactKey.Of("tree"), substituter, null, options, new FetchActivity());
        using var other = new TestDirectory();
        Artifact restored = ArtifactCache.Open(other.Root).Restore(
            new ArtifactRequest(ArtifactKey.Of("tree")) { Destination = other.File("out"), Substituters = options });
        Assert.Equal((FetchStatus.Substituted, saved.Digest), (restored.Status, restored.Digest));
        Assert.Equal(Modes.Below(_source), Modes.Below(other.File("out")));
    }

    [Fact]
    public void Nobody_needs_to_be_root_for_directories_that_nobody_may_write_to()
    {
        var other = new OtherUser(_place, Programs.Procdedup);
        string work = _place.NewDirectory("work");
        Modes.Set(work, "777");
        using Peer peer = other.Run("env", $"PROCESSDEDUP_HOME={work}/home", "/bin/sh", "-c", $"""
            set -e; cd '{work}'; p='{_place.File("programs/procdedup")}'
            mkdir -p source/closed/deep; echo x > source/closed/deep/file; chmod 400 source/closed/deep/file; chmod 555 source/closed/deep source/closed
            saved() ("$p" artifact restore saved --out out-saved)
            built() ("$p" build built --out out-built -- sh -c 'cp -a source/. "$PROCESSDEDUP_OUT"; touch "$PROCESSDEDUP_OUT/more"; chmod 555 "$PROCESSDEDUP_OUT"')
            "$p" artifact save saved source
            for k in saved built; do
                $k; $k
                stat -c '%a %n' out-$k/closed out-$k/closed/deep out-$k/closed/deep/file
            done
            echo unreadable > source/none; chmod 000 source/none
            if "$p" artifact save more source; then exit 9; fi
            ls home/tmp
            ls -A | sort | tr '\n' ' '
            """);
        (int code, string output, string errors) = peer.Finish();
        Assert.True(code == 0, errors);
        string[] lines = [.. output.Split('\n').Where(line => !line.StartsWith('/'))];
        Assert.Equal(
            [
                "555 out-saved/closed", "555 out-saved/closed/deep", "400 out-saved/closed/deep/file",
                "555 out-built/closed", "555 out-built/closed/deep", "400 out-built/closed/deep/file",
                "home out-built out-saved source ",
            ],
            lines);
        Assert.Contains("source/none", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unpacked_archive_has_the_same_digest_whatever_the_umask_and_its_modes()
    {
        Shell("022", "mkdir top; cp source/600 source/750 source/closed/deep/file top; chmod 640 top/600; chmod 700 top; tar -czf a.tar.gz top");
        string?[] digests = [.. Umasks.Select(umask => DigestIn(Shell(
            umask, $"PROCESSDEDUP_HOME='{_place.File("h" + umask)}' \"$PROCDEDUP\" fetch 'file://{_place.File("a.tar.gz")}' --unpack --json")))];
        Assert.Single(digests.Distinct());
        string manifest = Assert.Single(Directory.GetFiles(_place.File("h022/trees"), "*.manifest", SearchOption.AllDirectories));
        Assert.Equal(["d", "f", "x", "f"], File.ReadAllLines(manifest)[1..^1].Select(line => line.Split(' ')[0]));
    }
}
