using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;

namespace ProcessDedup.Bench.Contenders;

/// <summary>All contenders that this machine has. Those that are missing are named once and left out.</summary>
internal sealed class Field
{
    public const string Ours = "ours";
    public const string Raw = "raw flock";
    public const string Flock = "flock(1)";
    public const string FileLock = "py-filelock";
    public const string ProperLockfile = "proper-lockfile";

    private const string Python = "/usr/bin/python3"; // where the package python3-filelock installs to

    private static readonly string Drivers = Path.Combine(AppContext.BaseDirectory, "peers");

    private readonly List<Contender> _contenders;

    private Field(List<Contender> contenders) => _contenders = contenders;

    public IReadOnlyList<Contender> All => _contenders;

    /// <summary>The table's columns, the same whether a peer is there or not.</summary>
    public static IReadOnlyList<string> Peers { get; } = [Raw, Flock, FileLock, ProperLockfile];

    /// <summary>Every contender but the two that run in this program.</summary>
    public IEnumerable<Contender> Others => _contenders.Where(c => c.Name is not (Ours or Raw));

    public static Field Find(string scratch, TextWriter notes)
    {
        var contenders = new List<Contender>
        {
            new(Ours, false, file => Contender.Self(Contender.CoreKind, file)),
            new(Raw, false, file => Contender.Self(Contender.RawKind, file)),
        };

        if (Succeeds("bash", "-c", "command -v flock && test ${BASH_VERSINFO[0]} -ge 5"))
            contenders.Add(new(Flock, false, Shell));
        else
            notes.WriteLine($"skipped: {Flock} (needs util-linux and bash 5)");

        if (Succeeds(Python, "-c", "import filelock"))
            contenders.Add(new(FileLock, true, file => new(Python, [Driver("py-filelock.py"), file])));
        else
            notes.WriteLine($"skipped: {FileLock} (apt install python3-filelock)");

        if (Succeeds("npm", "install", "proper-lockfile@4", "--prefix", scratch, "--silent", "--no-audit", "--no-fund"))
        {
            contenders.Add(new(ProperLockfile, true, file => Node(file, scratch)) { TrustsAge = true });
        }
        else
        {
            notes.WriteLine($"skipped: {ProperLockfile} (npm or its registry is missing)");
        }

        return new Field(contenders);
    }

    private static string Driver(string name) => Path.Combine(Drivers, name);

    private static ProcessStartInfo Shell(string file) =>
        new("bash", [Driver("flock.sh"), file, NativeCalls.RealtimeOffset().ToString(CultureInfo.InvariantCulture)]);

    private static ProcessStartInfo Node(string file, string scratch)
    {
        var start = new ProcessStartInfo("node", [Driver("proper-lockfile.js"), file]);
        start.Environment["NODE_PATH"] = Path.Combine(scratch, "node_modules");
        return start;
    }

    /// <summary>Is the program there, and content?</summary>
    public static bool Succeeds(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            process.StandardOutput.ReadToEndAsync();
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
