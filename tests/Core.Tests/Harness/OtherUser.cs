using System;
using System.IO;
using Xunit;

namespace ProcessDedup.Tests.Harness;

/// <summary>Programs run as another user than root; their files are copied to where that user can read them.</summary>
internal sealed class OtherUser
{
    public const int Id = 65534;

    private readonly TestDirectory _place;
    private readonly string _program;
    private readonly int _id = Id;

    /// <summary>Skips the test where there is no root or no setpriv.</summary>
    public OtherUser(TestDirectory place)
        : this(place, Programs.LockPeer)
    {
    }

    private OtherUser(OtherUser like, int id) => (_place, _program, _id) = (like._place, like._program, id);

    public OtherUser(TestDirectory place, string program)
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can run programs as another user");
        Assert.SkipWhen(Programs.Find("setpriv") is null, "setpriv (util-linux) is not installed");
        _place = place;
        string copy = place.NewDirectory("programs");
        string origin = Path.GetDirectoryName(program)!;
        foreach (string file in Directory.GetFiles(origin, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(copy, Path.GetRelativePath(origin, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        _program = Path.Combine(copy, Path.GetFileName(program));
        using Peer probe = Run("/bin/sh", "-c", $"test -x {_program} && test -x {Programs.DotnetRoot}/dotnet");
        Assert.SkipUnless(probe.WaitForExit() == 0, "another user cannot run the programs of this build");
    }

    /// <summary>The same programs, run by yet another user.</summary>
    public OtherUser As(int id) => new(this, id);

    public Peer Locker(params string[] arguments) => Run([_program, .. arguments]);

    /// <summary>The program that was given, and no more of this user's processes and threads than that.</summary>
    public Peer StartLimited(int processes, params string[] arguments) =>
        Run(["timeout", "-s", "KILL", "20", "prlimit", FormattableString.Invariant($"--nproc={processes}"), "--", _program, .. arguments]);

    /// <summary>The program that was given.</summary>
    public Peer Start(params string[] arguments) => Run([_program, .. arguments]);

    public Peer Run(params string[] command) => Peer.Run(
        _place, "setpriv", ["--reuid", $"{_id}", "--regid", $"{_id}", "--clear-groups", "--", "env", "HOME=/nonexistent", .. command]);
}
