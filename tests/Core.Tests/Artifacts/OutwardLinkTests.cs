using System;
using System.Formats.Tar;
using System.IO;
using System.Linq;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Archives;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Artifacts;

/// <summary>Links into the system and to siblings are kept by an option, are never followed, and come uninvited from nobody.</summary>
public sealed class OutwardLinkTests : IDisposable
{
    private const string Option = "-AllowOutwardLinks (procdedup: --allow-outward-links)";

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private ArtifactCache Cache => ArtifactCache.Open(_place.Root);

    private static ArtifactRequest Want(string name, string? destination = null, bool allowed = true) =>
        new(ArtifactKey.Of(name)) { Destination = destination, AllowOutwardLinks = allowed };

    private string Run(string program, params string[] arguments)
    {
        using Peer peer = Peer.Run(_place, program, arguments);
        (int code, string output, string errors) = peer.Finish();
        Assert.True(code == 0, output + errors);
        return output.TrimEnd();
    }

    private (int Code, string Output, string Errors) Procdedup(params string[] arguments)
    {
        using Peer peer = Peer.Procdedup(_place, arguments);
        return peer.Finish();
    }

    [Fact]
    public void A_Python_environment_that_was_saved_removed_and_restored_works()
    {
        Assert.SkipWhen(Programs.Find("python3") is null, "python3 is not installed");
        string environment = _place.File("venv"), python = Path.Combine(environment, "bin/python");
        Run("python3", "-m", "venv", environment);
        Assert.Contains(Directory.GetFiles(Path.Combine(environment, "bin")), file => new FileInfo(file).LinkTarget is { } target && target.StartsWith('/'));
        (int code, _, string errors) = Procdedup("artifact", "save", "venv", environment);
        Assert.Equal(78, code);
        Assert.Contains("--allow-outward-links", errors, StringComparison.Ordinal);
        Assert.Equal(0, Procdedup("artifact", "save", "venv", environment, "--allow-outward-links").Code);
        string before = Run("sh", "-c", $"cd '{environment}' && find . -type l -printf '%p -> %l\\n' | sort");
        Directory.Delete(environment, recursive: true);
        // What is here already was let in: the option is not needed again.
        Assert.Equal(0, Procdedup("artifact", "restore", "venv", "--out", environment).Code);
        Assert.Equal(before, Run("sh", "-c", $"cd '{environment}' && find . -type l -printf '%p -> %l\\n' | sort"));
        Assert.Equal($"{environment} 42", Run(python, "-c", "import sys, json; print(sys.prefix, json.loads('42'))"));
        Run(python, "-m", "pip", "--version");
    }

    [Fact]
    public void The_links_of_npm_workspaces_work_after_a_restore()
    {
        Assert.SkipWhen(Programs.Find("npm") is null || Programs.Find("node") is null, "npm is not installed");
        string project = _place.NewDirectory("project");
        File.WriteAllText(Path.Combine(project, "package.json"), """{ "name": "root", "private": true, "workspaces": ["packages/*"] }""");
        string library = Directory.CreateDirectory(Path.Combine(project, "packages/lib")).FullName;
        File.WriteAllText(Path.Combine(library, "package.json"), """{ "name": "lib", "version": "1.0.0", "main": "index.js" }""");
        File.WriteAllText(Path.Combine(library, "index.js"), "module.exports = 'yesterday';");
        Run("npm", "--prefix", project, "install", "--offline", "--no-audit", "--no-fund", "--silent");
        string modules = Path.Combine(project, "node_modules");
        Assert.Equal("../packages/lib", new FileInfo(Path.Combine(modules, "lib")).LinkTarget);
        Assert.Contains(Option, Assert.Throws<FetchException>(() => Cache.Save(Want("modules", allowed: false), modules)).Message, StringComparison.Ordinal);
        Cache.Save(Want("modules"), modules);
        Directory.Delete(modules, recursive: true);
        File.WriteAllText(Path.Combine(library, "index.js"), "module.exports = 'today';");
        Cache.Restore(Want("modules", modules));
        Assert.Equal("today", Run("sh", "-c", $"cd '{project}' && node -p \"require('lib')\""));
    }

    [Fact]
    public void A_build_keeps_them_if_it_is_asked_to_and_one_that_is_not_does_not_fail_the_others()
    {
        void Build(BuildPlace place) => Links.ToFile(Path.Combine(place.Directory, "system"), "/etc/hostname");
        FetchException refused = Assert.Throws<FetchException>(() => Cache.Build(Want("k", allowed: false), Build));
        Assert.Equal(FetchError.StoreUnsafe, refused.Error);
        Assert.Contains(Option, refused.Message, StringComparison.Ordinal);
        string made = Cache.Build(Want("k"), Build).Path!;
        Assert.Equal("/etc/hostname", new FileInfo(Path.Combine(made, "system")).LinkTarget);
        Assert.Equal(FetchStatus.Hit, Cache.Build(Want("k", allowed: false), _ => Assert.Fail("it is there")).Status);
    }

    [Fact]
    public void A_build_that_links_to_the_directory_that_it_fills_is_warned()
    {
        (int code, _, string errors) = Procdedup(
            "build", "k", "--allow-outward-links", "--", "sh", "-c", "cd \"$PROCESSDEDUP_OUT\" && echo x > x && ln -s \"$PWD/x\" here && ln -s \"$PROCESSDEDUP_FINAL/x\" there");
        Assert.Equal(0, code);
        Assert.Contains("'here'", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("'there'", errors, StringComparison.Ordinal);
        string path = Procdedup("build", "k", "--allow-outward-links", "--", "sh", "-c", "cd \"$PROCESSDEDUP_OUT\" && echo x > x && ln -s \"$PWD/x\" here && ln -s \"$PROCESSDEDUP_FINAL/x\" there").Output.TrimEnd();
        Assert.Equal("x\n", File.ReadAllText(Path.Combine(path, "there")));
    }

    [Fact]
    public void Nothing_of_the_store_follows_them()
    {
        string outside = _place.NewDirectory("outside"), source = _place.NewDirectory("source");
        File.WriteAllText(Path.Combine(outside, "secret"), "secret");
        File.WriteAllText(Path.Combine(source, "inside"), "inside");
        Links.ToFile(Path.Combine(source, "dir"), outside);
        Links.ToFile(Path.Combine(source, "file"), Path.Combine(outside, "secret"));
        Links.ToFile(Path.Combine(source, "loop"), source);
        UnixFileMode before = Modes.Get(Path.Combine(outside, "secret"));
        Artifact saved = Cache.Save(Want("k"), source);
        Assert.Equal(6, saved.Size);
        foreach (bool readOnly in new[] { false, true })
        {
            string to = _place.File("to" + readOnly);
            Cache.Restore(Want("k", to) with { ReadOnly = readOnly });
            // It is there already, and nothing of it is read through a link.
            Cache.Restore(Want("k", to) with { ReadOnly = readOnly });
            Assert.Equal(outside, new FileInfo(Path.Combine(to, "dir")).LinkTarget);
        }

        FetchCache cache = FetchCache.Open(_place.Root);
        Assert.Equal(ContentState.Sound, Assert.Single(cache.List().Select(item => cache.BeginCheck().Verify(item, default))).State);
        Directory.Delete(Path.Combine(_place.Home, "leases"), recursive: true);
        (int code, string output, string errors) = Procdedup("cache", "prune", "--max-size", "0");
        Assert.True(code == 0 && !Directory.Exists(saved.Path), output + errors);
        Assert.Equal((before, "secret"), (Modes.Get(Path.Combine(outside, "secret")), File.ReadAllText(Path.Combine(outside, "secret"))));
    }

    [Fact]
    public void From_another_store_they_come_if_they_are_asked_for()
    {
        string source = _place.NewDirectory("source"), shelf = _place.File("shelf");
        Links.ToFile(Path.Combine(source, "shell"), "/bin/sh");
        Links.ToFile(Path.Combine(source, "up"), "../beside");
        Cache.Save(Want("k"), source);
        Cache.Publish(ArtifactKey.Of("k"), shelf, null, new(), new FetchActivity());
        using var elsewhere = new TestDirectory();
        ArtifactCache there = ArtifactCache.Open(elsewhere.Root);
        ArtifactRequest request = Want("k", elsewhere.File("out"), allowed: false) with { Substituters = new() { Addresses = [shelf] } };
        Assert.Equal(FetchError.ArtifactNotFound, Assert.Throws<FetchException>(() => there.Restore(request)).Error);
        using (Peer peer = Peer.Procdedup(elsewhere, ["artifact", "restore", "k", "--substituter", shelf]))
        {
            (int code, _, string errors) = peer.Finish();
            Assert.Equal(66, code);
            Assert.Contains(Option, errors, StringComparison.Ordinal);
        }

        Assert.Equal(FetchStatus.Substituted, there.Restore(request with { AllowOutwardLinks = true }).Status);
        Assert.Equal("/bin/sh", new FileInfo(elsewhere.File("out/shell")).LinkTarget);
        Assert.Equal("../beside", new FileInfo(elsewhere.File("out/up")).LinkTarget);
    }

    [Fact]
    public void What_a_distribution_links_is_unpacked_by_option_as_tar_does_it()
    {
        // As in the data.tar of a Debian package.
        string tree = _place.NewDirectory("data"), links = Directory.CreateDirectory(Path.Combine(tree, "usr/bin")).FullName;
        Links.ToFile(Path.Combine(links, "editor"), "/etc/alternatives/editor");
        Links.ToFile(Path.Combine(links, "../share"), "../../var/share");
        Links.ToFile(Path.Combine(links, "root"), "/");
        File.WriteAllText(Path.Combine(links, "tool"), "tool");
        string archive = _place.File("data.tar");
        if (Programs.Find("dpkg-deb") is null)
        {
            Run("tar", "-C", tree, "-cf", archive, ".");
        }
        else
        {
            Directory.CreateDirectory(Path.Combine(tree, "DEBIAN"));
            File.WriteAllText(Path.Combine(tree, "DEBIAN/control"), "Package: tool\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: tool\n");
            Run("sh", "-ec", $"chmod 755 '{tree}' '{tree}/DEBIAN'; dpkg-deb --build '{tree}' '{tree}.deb'; dpkg-deb --fsys-tarfile '{tree}.deb' > '{archive}'");
        }

        (int code, _, string errors) = Procdedup("fetch", "file://" + archive, "--unpack");
        Assert.Equal(65, code);
        Assert.Contains(Option, errors, StringComparison.Ordinal);
        string ours = Procdedup("fetch", "file://" + archive, "--unpack", "--allow-outward-links", "--out", _place.File("ours")).Output.TrimEnd();
        string theirs = _place.NewDirectory("theirs");
        Run("tar", "-C", theirs, "-xf", archive);
        const string listing = "find . -printf '%p %y %l %s %TY%Tm%Td%TH%TM%TS\\n' | sort";
        Assert.Equal(Run("sh", "-c", $"cd '{theirs}' && {listing}"), Run("sh", "-c", $"cd '{ours}' && {listing}"));
    }

    [Fact]
    public void With_the_option_no_entry_goes_through_a_link_all_the_same()
    {
        var options = new UnpackOptions { AllowOutwardLinks = true };
        string outside = _place.NewDirectory("outside");
        void Refuses(params TarEntry[] entries) => Assert.Equal(FetchError.ArchiveUnsafe, Tars.ErrorOf(Tars.Tar(entries), _place, options));
        Refuses(Tars.LinkOf("l", outside), Tars.FileOf("l/written"));
        Refuses(Tars.LinkOf("usr/l", outside), Tars.DirectoryOf("usr/l/dir"));
        Refuses(Tars.FileOf("l/written"), Tars.LinkOf("l", outside));
        Refuses(Tars.LinkOf("l", outside), Tars.DirectoryOf("l"), Tars.FileOf("l/written"));
        Refuses(Tars.LinkOf("l", outside), Tars.HardLinkOf("h", "l/secret"));
        Refuses(Tars.LinkOf("l", outside), Tars.HardLinkOf("h", "l"), Tars.FileOf("h/written"));
        Refuses(Tars.LinkOf("l", outside), Tars.LinkOf("L", "/etc"), Tars.FileOf("L/written"));
        // What else is wrong with a link is wrong still.
        Refuses(Tars.LinkOf("l", "l"));
        Refuses(Tars.LinkOf("l", "C:/x"));
        Refuses(Tars.LinkOf("l", "/a\\b"));
        Refuses(Tars.LinkOf("l", "/aux.c"));
        Refuses(Tars.LinkOf("/l", "/etc"));
        Refuses(Tars.LinkOf("../l", "/etc"));
        // A file that takes the place of a link is written to the place, not through the link.
        string tree = Tars.Unpack(Tars.Tar(Tars.LinkOf("l", Path.Combine(outside, "x")), Tars.FileOf("l", "in")), _place, options);
        Assert.Equal("in", File.ReadAllText(Path.Combine(tree, "l")));
        Assert.Empty(Directory.GetFileSystemEntries(outside));
    }
}
