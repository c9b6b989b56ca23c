using System;
using System.Globalization;
using System.IO;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Artifacts;

/// <summary>A process that a build leaves behind cannot change what was published.</summary>
public sealed class LeftBehindTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose()
    {
        if (File.Exists(_place.File("left")))
        {
            using Peer kill = Peer.Run(_place, "kill", "-KILL", File.ReadAllText(_place.File("left")).Trim());
            kill.Finish();
        }

        _place.Dispose();
    }

    // What is left behind waits until it is let go, does its worst, and says that it has.
    private (int Code, string Output, string Errors) Build(string prepare, string worst)
    {
        string go = _place.File("go"), done = _place.File("done");
        using Peer mkfifo = Peer.Run(_place, "mkfifo", go);
        mkfifo.Finish();
        string script = $"cd \"$PROCESSDEDUP_OUT\"; mkdir bin; echo good > bin/tool; {prepare}; "
            + $"(read _ < '{go}'; {worst}; echo done > '{done}.tmp'; mv '{done}.tmp' '{done}') > /dev/null 2>&1 & echo $! > '{_place.File("left")}'";
        using Peer peer = Peer.Procdedup(_place, "build", "k", "--", "bash", "-c", script);
        return peer.Finish();
    }

    private void LetGo()
    {
        File.WriteAllText(_place.File("go"), "go\n");
        Eventually.True(() => File.Exists(_place.File("done")), "what was left behind has done its worst");
    }

    [Theory]
    [InlineData("cd bin", "rm -f tool; echo evil > tool; echo evil > new")]
    [InlineData("cd bin", "rm -f ../bin/tool; echo evil > ../bin/tool; echo evil > ../new")]
    [InlineData("exec 5< bin; cd /", "rm -f /proc/self/fd/5/tool; echo evil > /proc/self/fd/5/tool; echo evil > /proc/self/fd/5/../new")]
    [InlineData("cd /", "rm -f \"$PROCESSDEDUP_OUT/bin/tool\"; echo evil > \"$PROCESSDEDUP_OUT/bin/tool\"; echo evil > \"$PROCESSDEDUP_OUT/new\"")]
    public void By_no_way_that_it_knows(string prepare, string worst)
    {
        (int code, string path, string errors) = Build(prepare, worst);
        Assert.True(code == 0, errors);
        Assert.Equal(prepare != "cd /", errors.Contains("still stands in the directory", StringComparison.Ordinal));
        LetGo();
        Assert.Equal("good\n", File.ReadAllText(Path.Combine(path, "bin/tool")));
        Assert.Equal(["bin", "tool"], Names(path));
        using Peer verify = Peer.Procdedup(_place, "cache", "verify");
        Assert.Equal(0, verify.Finish().Code);
    }

    private static string[] Names(string path)
    {
        string[] names = Array.ConvertAll(Directory.GetFileSystemEntries(path, "*", SearchOption.AllDirectories), p => Path.GetFileName(p));
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    [Fact]
    public void A_file_that_is_mapped_for_writing_is_refused_though_its_descriptor_is_closed()
    {
        Assert.SkipWhen(Programs.Find("python3") is null, "python3 is not installed");
        const string map = "import mmap, os, sys, time\n"
            + "f = os.open('bin/tool', os.O_RDWR)\nm = mmap.mmap(f, 5)\nos.close(f)\n"
            + "os.chdir('/')\nopen(sys.argv[1], 'w').write('mapped')\ntime.sleep(60)\n";
        File.WriteAllText(_place.File("map.py"), map);
        // mmap.mmap keeps a copy of the descriptor: closed here as a linker in C would close it.
        string ready = _place.File("ready");
        string script = $"cd \"$PROCESSDEDUP_OUT\"; mkdir bin; echo good > bin/tool; "
            + $"python3 '{_place.File("map.py")}' '{ready}' > /dev/null 2>&1 & echo $! > '{_place.File("left")}'; while [ ! -e '{ready}' ]; do sleep 0.1; done";
        using Peer peer = Peer.Procdedup(_place, "build", "k", "--", "bash", "-c", script);
        (int code, _, string errors) = peer.Finish();
        Assert.NotEqual(0, code);
        Assert.Contains($"'bin/tool' by PID {int.Parse(File.ReadAllText(_place.File("left")), CultureInfo.InvariantCulture)}", errors, StringComparison.Ordinal);
    }
}
