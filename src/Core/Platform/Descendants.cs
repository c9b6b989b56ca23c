using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace ProcessDedup.Platform;

/// <summary>The processes below another one. Linux only: no other system shows who started whom once a parent has ended.</summary>
internal static class Descendants
{
    /// <summary>
    /// Every running process below that one, as far as /proc shows it: not the zombies, and not other users' processes
    /// where /proc is mounted with hidepid. A process that forks during the look may be missed; look again.
    /// </summary>
    public static IReadOnlyList<ProcessIdentity> Find(int ancestor)
    {
        var children = new Dictionary<int, List<int>>();
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                || ProcStat.TryRead(id) is not { } stat)
                continue;
            if (!children.TryGetValue(stat.ParentId, out List<int>? siblings))
                children.Add(stat.ParentId, siblings = []);
            siblings.Add(id);
        }

        var found = new List<ProcessIdentity>();
        var next = new Queue<int>();
        next.Enqueue(ancestor);
        while (next.Count > 0)
        {
            // Taken out: PIDs that were reused during the look could form a circle.
            if (!children.Remove(next.Dequeue(), out List<int>? below))
                continue;
            foreach (int id in below)
            {
                next.Enqueue(id);
                if (ProcessIdentity.TryGet(id, out ProcessIdentity process))
                    found.Add(process);
            }
        }

        return found;
    }
}
