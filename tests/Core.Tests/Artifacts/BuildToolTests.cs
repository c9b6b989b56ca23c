using System;
using System.IO;
using ProcessDedup.Artifacts;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Artifacts;

/// <summary>Save what was built, change a source, restore, build: nothing stale; restore without a change: nothing is built again.</summary>
public sealed class BuildToolTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private ArtifactCache Cache => ArtifactCache.Open(_place.Root);

    private string Run(string directory, string script)
    {
        using Peer peer = Peer.Run(_place, "sh", "-ec", $"cd '{directory}'; {script}");
        (int code, string output, string errors) = peer.Finish();
        Assert.True(code == 0, output + errors);
        return (output + errors).TrimEnd();
    }

    private void SaveAndRemove(string name, string directory)
    {
        Cache.Save(new ArtifactRequest(ArtifactKey.Of(name)), directory);
        Directory.Delete(directory, recursive: true);
    }

    private void Restore(string name, string directory) => Cache.Restore(new ArtifactRequest(ArtifactKey.Of(name)) { Destination = directory });

    [Fact]
    public void Cargo_builds_what_was_changed_and_nothing_else()
    {
        Assert.SkipWhen(Programs.Find("cargo") is null, "cargo is not installed");
        string project = _place.NewDirectory("project"), target = Path.Combine(project, "target"), main = Path.Combine(project, "src/main.rs");
        Directory.CreateDirectory(Path.Combine(project, "src"));
        File.WriteAllText(Path.Combine(project, "Cargo.toml"), "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
        File.WriteAllText(main, "fn main() { println!(\"yesterday\"); }\n");
        Run(project, "cargo build --offline");
        // cargo gives the program two names.
        string links = Run(project, "stat -c %h target/debug/app");
        SaveAndRemove("first", target);
        File.WriteAllText(main, "fn main() { println!(\"today\"); }\n");
        Restore("first", target);
        Assert.Equal(links, Run(project, "stat -c %h target/debug/app"));
        Assert.Equal("yesterday", Run(project, "target/debug/app"));
        Assert.Equal("today", Run(project, "cargo build --offline -q; target/debug/app"));
        SaveAndRemove("second", target);
        Restore("second", target);
        Assert.DoesNotContain("Compiling", Run(project, "cargo build --offline"), StringComparison.Ordinal);
        Assert.Equal("today", Run(project, "target/debug/app"));
    }

    [Fact]
    public void Python_compiles_what_was_changed_and_nothing_else()
    {
        Assert.SkipWhen(Programs.Find("python3") is null, "python3 is not installed");
        string project = _place.NewDirectory("project"), cache = Path.Combine(project, "__pycache__"), module = Path.Combine(project, "thing.py");
        // Of one length: Python compares time and size.
        File.WriteAllText(module, "value = 'yesterday'\n");
        Run(project, "touch -d '2024-01-01 00:00:00 UTC' thing.py; env -u PYTHONDONTWRITEBYTECODE -u PYTHONPYCACHEPREFIX python3 -c 'import thing'");
        SaveAndRemove("first", cache);
        File.WriteAllText(module, "value = 'this noon'\n");
        Restore("first", cache);
        Assert.Equal("this noon", Run(project, "env -u PYTHONDONTWRITEBYTECODE -u PYTHONPYCACHEPREFIX python3 -c 'import thing; print(thing.value)'"));
        SaveAndRemove("second", cache);
        Restore("second", cache);
        string before = Run(project, "stat -c '%i %y' __pycache__/*");
        Assert.Equal("this noon", Run(project, "env -u PYTHONDONTWRITEBYTECODE -u PYTHONPYCACHEPREFIX python3 -c 'import thing; print(thing.value)'"));
        Assert.Equal(before, Run(project, "stat -c '%i %y' __pycache__/*"));
    }

    [Fact]
    public void Make_with_a_compiler_links_what_was_changed_and_nothing_else()
    {
        Assert.SkipWhen(Programs.Find("make") is null || Programs.Find("gcc") is null, "make or gcc is not installed");
        string project = _place.NewDirectory("project"), objects = Path.Combine(project, "obj");
        File.WriteAllText(Path.Combine(project, "Makefile"), "obj/app: obj/main.o obj/word.o\n\tgcc -o $@ $^\nobj/%.o: %.c\n\tmkdir -p obj\n\tgcc -c -o $@ $<\n");
        File.WriteAllText(Path.Combine(project, "main.c"), "#include <stdio.h>\nextern const char *word;\nint main(void) { puts(word); return 0; }\n");
        File.WriteAllText(Path.Combine(project, "word.c"), "const char *word = \"yesterday\";\n");
        Run(project, "make");
        SaveAndRemove("first", objects);
        File.WriteAllText(Path.Combine(project, "word.c"), "const char *word = \"today\";\n");
        Restore("first", objects);
        string built = Run(project, "make");
        Assert.Contains("word.c", built, StringComparison.Ordinal);
        Assert.DoesNotContain("main.c", built, StringComparison.Ordinal);
        Assert.Equal("today", Run(project, "obj/app"));
        SaveAndRemove("second", objects);
        Restore("second", objects);
        Run(project, "make -q");
    }
}
