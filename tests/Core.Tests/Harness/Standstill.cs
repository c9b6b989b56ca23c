using System;
using System.Globalization;
using System.IO;
using Xunit;

namespace ProcessDedup.Tests.Harness;

/// <summary>A process that stands still, by a signal or by the freezer of its control group, until it is told to go on.</summary>
internal sealed class Standstill : IDisposable
{
    public const string Signal = "SIGSTOP";
    public const string Freezer = "the freezer of cgroup v1";
    public const string Unified = "the freezer of cgroup v2";

    private readonly Peer _peer;
    private readonly string? _group;
    private readonly string? _back;

    private Standstill(Peer peer, string? group, string? back) => (_peer, _group, _back) = (peer, group, back);

    public static Standstill Of(Peer peer, string means)
    {
        if (means == Signal)
        {
            peer.Signal("STOP");
            return new Standstill(peer, null, null);
        }

        // What "docker pause" does.
        string tree = means == Freezer ? "/sys/fs/cgroup/freezer" : Directory.Exists("/sys/fs/cgroup/unified") ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup";
        string switchFile = means == Freezer ? "freezer.state" : "cgroup.freeze";
        string group = Path.Combine(tree, $"procdedup-test-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(group);
            Assert.SkipUnless(File.Exists(Path.Combine(group, switchFile)), $"{means} is not there");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Assert.Skip($"{means} may not be used: {e.Message}");
        }

        string back = Path.Combine(tree, "cgroup.procs");
        var still = new Standstill(peer, group, back);
        Write(Path.Combine(group, "cgroup.procs"), peer.Id.ToString(CultureInfo.InvariantCulture));
        Write(Path.Combine(group, switchFile), means == Freezer ? "FROZEN" : "1");
        Eventually.True(
            () => means == Freezer
                ? File.ReadAllText(Path.Combine(group, switchFile)).StartsWith("FROZEN", StringComparison.Ordinal)
                : File.ReadAllText(Path.Combine(group, "cgroup.events")).Contains("frozen 1", StringComparison.Ordinal),
            "it is frozen");
        return still;
    }

    private static void Write(string file, string text)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
        stream.Write(System.Text.Encoding.ASCII.GetBytes(text));
    }

    private bool _isOver;

    /// <summary>It goes on.</summary>
    public void End()
    {
        if (_isOver)
            return;
        _isOver = true;
        if (_group is null)
        {
            Peer.Signal(_peer.Id, "CONT");
            return;
        }

        bool isOld = File.Exists(Path.Combine(_group, "freezer.state"));
        Write(Path.Combine(_group, isOld ? "freezer.state" : "cgroup.freeze"), isOld ? "THAWED" : "0");
        if (!_peer.HasExited)
        {
            try
            {
                Write(_back!, _peer.Id.ToString(CultureInfo.InvariantCulture));
            }
            catch (IOException)
            {
                // It has just ended.
            }
        }

        Eventually.True(() => TryRemove(_group), "the control group is empty");
    }

    private static bool TryRemove(string group)
    {
        try
        {
            Directory.Delete(group);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public void Dispose() => End();
}
