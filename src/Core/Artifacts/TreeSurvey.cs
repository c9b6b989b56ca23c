using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Artifacts;

/// <summary>
/// What files and directories have besides content, permissions and times, looked at before they are copied: extended attributes,
/// which are kept if somebody asks, and what is never kept. What is dropped is said, once for all of it.
/// </summary>
internal sealed class TreeSurvey
{
    private const int SpecialBits = 0xe00; // 07000
    private const int MostNames = 3;

    private readonly bool _keepsExtended;
    private readonly uint _user = OperatingSystemKind.IsWindows ? 0 : Libc.EffectiveUserId();
    private readonly Dictionary<string, IReadOnlyList<ExtendedAttribute>> _extended = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<string> _special = [];
    private readonly List<string> _foreign = [];
    private int _attributed;

    private TreeSurvey(bool keepsExtended) => _keepsExtended = keepsExtended;

    /// <summary>The extended attributes to keep, by path; the empty one is the directory itself.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<ExtendedAttribute>> Extended => _extended;

    /// <summary>Looks at a directory and all that is in it, or at one file. Links are not followed, and have nothing to keep.</summary>
    /// <exception cref="PlatformException">Something cannot be looked at.</exception>
    public static TreeSurvey Of(string path, string? fileName, bool keepsExtended, CancellationToken cancellation)
    {
        var survey = new TreeSurvey(keepsExtended);
        if (OperatingSystemKind.IsWindows)
            return survey;
        if (fileName is not null)
        {
            survey.Look(path, fileName);
            return survey;
        }

        var ahead = new Stack<string>();
        ahead.Push(TreeTimes.Root);
        _ = survey.Look(path, TreeTimes.Root);
        while (ahead.Count > 0)
        {
            string inside = ahead.Pop();
            foreach (string item in Directory.EnumerateFileSystemEntries(Path.Combine(path, inside)))
            {
                cancellation.ThrowIfCancellationRequested();
                string relative = inside.Length == 0 ? Path.GetFileName(item) : inside + "/" + Path.GetFileName(item);
                if (survey.Look(item, relative))
                    ahead.Push(relative);
            }
        }

        return survey;
    }

    /// <summary>What of it is not kept, as a sentence; null: nothing.</summary>
    /// <param name="name">What it is called.</param>
    public string? Dropped(string name)
    {
        var dropped = new List<string>();
        if (_special.Count > 0)
            dropped.Add(Message.Of(Key.ReasonDropsSpecialBits, _special.Count, Shown(_special)));
        if (_foreign.Count > 0)
            dropped.Add(Message.Of(Key.ReasonDropsOwners, _foreign.Count, Shown(_foreign)));
        if (_attributed > 0)
            dropped.Add(Message.Of(Key.ReasonDropsAttributes, _attributed, string.Join(", ", _names.Take(MostNames).Select(FetchFailures.Shown))));
        return dropped.Count == 0 ? null : Message.Of(Key.NoticeArtifactDrops, name, string.Join("; ", dropped));
    }

    private static string Shown(List<string> paths) => FetchFailures.Shown(paths.Min(StringComparer.Ordinal) is { Length: > 0 } path ? path : ".");

    // True: a directory, which is looked into.
    private bool Look(string path, string relative)
    {
        if (!FileSystem.TryGetFacts(path, out FileFacts facts) || facts.Type == FileType.SymbolicLink)
            return false;
        // Directories of a set-group-ID parent have the bit without having asked for it; what is made in a copy gets its own.
        if ((facts.Permissions & SpecialBits & (facts.Type == FileType.Directory ? 0x200 : SpecialBits)) != 0)
            _special.Add(relative);
        if (facts.OwnerId != _user)
            _foreign.Add(relative);
        IReadOnlyList<string> names = [.. ExtendedAttributes.NamesOf(path).Where(ExtendedAttributes.IsKept)];
        if (names.Count > 0 && _keepsExtended)
        {
            _extended[relative] = [.. names.Select(name => ExtendedAttributes.TryGet(path, name) is { } value ? new ExtendedAttribute(name, value) : null).OfType<ExtendedAttribute>()];
        }
        else if (names.Count > 0)
        {
            _attributed++;
            _names.UnionWith(names);
        }

        return facts.Type == FileType.Directory;
    }
}
