using System;
using System.IO;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Artifacts;

/// <summary>What bakes its own path into its product works after it was published.</summary>
public sealed class FinalPathTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private (int Code, string Output, string Errors) Run(string program, params string[] arguments)
    {
        using Peer peer = program == "procdedup" ? Peer.Procdedup(_place, arguments) : Peer.Run(_place, program, arguments);
        return peer.Finish();
    }

    private string Build(string script)
    {
        (int code, string output, string errors) = Run("procdedup", "build", "k", "--", "sh", "-ec", script);
        Assert.True(code == 0, errors);
        Assert.DoesNotContain("holds the path", errors, StringComparison.Ordinal);
        return output;
    }

    [Fact]
    public void The_path_of_the_build_in_the_product_is_warned_of()
    {
        (int code, _, string errors) = Run(
            "procdedup", "build", "k", "--", "sh", "-c", "echo \"prefix=$PROCESSDEDUP_OUT\" > \"$PROCESSDEDUP_OUT/a.pc\"; echo fine > \"$PROCESSDEDUP_OUT/b\"");
        Assert.Equal(0, code);
        Assert.Contains("holds the path of the directory in which it was built, which is gone by now: 'a.pc'. Bake PROCESSDEDUP_FINAL", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_with_a_configure_script_is_found_by_pkg_config()
    {
        Assert.SkipWhen(Programs.Find("pkg-config") is null || Programs.Find("make") is null, "pkg-config or make is not installed");
        string source = _place.NewDirectory("source");
        File.WriteAllText(Path.Combine(source, "configure"), """
            for a; do case $a in --prefix=*) prefix=${a#--prefix=};; esac; done
            sed "s|@prefix@|$prefix|" Makefile.in > Makefile
            sed "s|@prefix@|$prefix|" x.pc.in > x.pc
            """);
        File.WriteAllText(Path.Combine(source, "Makefile.in"),
            "prefix = @prefix@\ninstall:\n\tmkdir -p $(prefix)/lib/pkgconfig\n\tcp x.pc $(prefix)/lib/pkgconfig\n\techo library > $(prefix)/lib/libx.so\n");
        File.WriteAllText(Path.Combine(source, "x.pc.in"), "prefix=@prefix@\nName: x\nDescription: x\nVersion: 1\nLibs: -L${prefix}/lib -lx\n");
        string path = Build($"cd '{source}'; sh ./configure --prefix=\"$PROCESSDEDUP_FINAL\"; make install prefix=\"$PROCESSDEDUP_OUT\"");
        (int code, string flags, string errors) = Run("env", $"PKG_CONFIG_PATH={path}/lib/pkgconfig", "pkg-config", "--libs-only-L", "x");
        Assert.True(code == 0, errors);
        string lib = flags.Trim().Substring(2);
        Assert.Equal("library\n", File.ReadAllText(Path.Combine(lib, "libx.so")));
        // The same key gives the same product, wherever it was staged.
        string digest = Path.GetFileName(path);
        (_, string again, _) = Run("procdedup", "build", "k", "--force", "--", "sh", "-ec",
            $"cd '{source}'; sh ./configure --prefix=\"$PROCESSDEDUP_FINAL\"; make install prefix=\"$PROCESSDEDUP_OUT\"");
        Assert.Equal(digest, Path.GetFileName(again));
    }

    [Fact]
    public void A_python_environment_runs_from_where_it_was_published()
    {
        string? python = Array.Find(["/usr/bin/python3"], File.Exists);
        Assert.SkipWhen(python is null || Run(python, "-m", "venv", "--without-pip", _place.File("probe")).Code != 0, "python3 has no venv");
        string path = Build($"'{python}' -m venv --copies --without-pip \"$PROCESSDEDUP_OUT\"\n"
            + "printf '#!%s/bin/python\\nimport sys; print(sys.prefix)\\n' \"$PROCESSDEDUP_OUT\" > \"$PROCESSDEDUP_OUT/bin/tool\"\n"
            + "chmod +x \"$PROCESSDEDUP_OUT/bin/tool\"\n"
            + "grep -rIlZ \"$PROCESSDEDUP_OUT\" \"$PROCESSDEDUP_OUT\" | xargs -0 sed -i \"s|$PROCESSDEDUP_OUT|$PROCESSDEDUP_FINAL|g\"");
        (int code, string prefix, string errors) = Run(Path.Combine(path, "bin/tool"));
        Assert.True(code == 0, errors);
        Assert.StartsWith(Path.Combine(_place.Home, "final") + "/", prefix, StringComparison.Ordinal);
        Assert.Equal(prefix.Trim(), Run("sh", "-c", $". '{path}/bin/activate'; python -c 'import sys; print(sys.prefix)'").Output.Trim());
    }

    [Fact]
    public void The_path_is_made_again_when_it_was_removed()
    {
        const string script = "echo \"$PROCESSDEDUP_FINAL\" > \"$PROCESSDEDUP_OUT/self\"";
        string final = File.ReadAllText(Path.Combine(Build(script), "self")).Trim();
        Assert.Equal(final + "\n", File.ReadAllText(Path.Combine(final, "self")));
        File.Delete(final);
        Build(script);
        Assert.Equal(final + "\n", File.ReadAllText(Path.Combine(final, "self")));
    }
}
