using System;
using System.IO;
using ProcessDedup.Store;

namespace ProcessDedup.Substituters;

/// <summary>
/// What the processes of one cache tell each other about a substituter: it is dead, or has not got an artifact. Small
/// files that hold for a while; without them everything is found out anew.
/// </summary>
internal sealed class SubstituterMarks(SubstituterOptions options, StoreLayout layout, SubstituterAddress address)
{
    // A server may ask for more patience than our own pause, but not for as much as it likes.
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    private TimedMark Dead => new(Path.Combine(layout.Substituters, address.Id + ".dead"));

    /// <summary>How long it is to be left alone yet.</summary>
    public TimeSpan PauseLeft => Dead.Remaining;

    /// <summary>It cannot be reached: nobody asks it for a while. Says for how long.</summary>
    public TimeSpan Pause(TimeSpan? asked)
    {
        TimeSpan pause = asked > options.Pause ? (asked.Value < LongestPause ? asked.Value : LongestPause) : options.Pause;
        Dead.Set(pause);
        return pause;
    }

    /// <summary>It answered.</summary>
    public void Answered() => Dead.Clear();

    public bool IsAbsent(string key) => Absent(key).Remaining > TimeSpan.Zero;

    public void RememberAbsent(string key) => Absent(key).Set(options.NegativeTtl);

    public void ForgetAbsent(string key) => Absent(key).Clear();

    private TimedMark Absent(string key) => new(Path.Combine(layout.Substituters, address.Id + "-" + key + ".absent"));
}
