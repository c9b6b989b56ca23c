using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Postgres;

namespace ProcessDedup.LockPeer;

/// <summary>
/// Arguments of one command: words, and options of the form <c>--name value</c> or <c>--flag</c>. A lock is a name
/// below PROCESSDEDUP_HOME, or <c>file:PATH</c>.
/// </summary>
internal sealed class PeerOptions
{
    private static readonly string[] Flags = ["--shared", "--no-wait", "--allow-network-fs", "--tell", "--goes-on"];

    private readonly Dictionary<string, string> _options = new(StringComparer.Ordinal);

    public PeerOptions(IReadOnlyList<string> arguments)
    {
        var words = new List<string>();
        for (int i = 0; i < arguments.Count; i++)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal))
                words.Add(arguments[i]);
            else
                _options[arguments[i]] = Flags.Contains(arguments[i]) ? string.Empty : arguments[++i];
        }

        Words = words;
    }

    private Coordinator? _fleet;

    public IReadOnlyList<string> Words { get; }

    public bool IsShared => _options.ContainsKey("--shared");

    public int? Slots => _options.TryGetValue("--slots", out string? n) ? int.Parse(n, CultureInfo.InvariantCulture) : null;

    /// <summary>How long each hold of a loop lasts.</summary>
    public TimeSpan Hold => TimeSpan.FromMilliseconds(Number("--hold-ms", 0));

    /// <summary>How long a loop leaves the lock alone between two holds.</summary>
    public TimeSpan Pause => TimeSpan.FromMilliseconds(Number("--pause-ms", 0));

    public bool Tells => _options.ContainsKey("--tell");

    public bool GoesOn => _options.ContainsKey("--goes-on");

    public int Rounds => (int)Number("--rounds", 0);

    public int Seed => (int)Number("--seed", 0);

    public int Number(int word) => int.Parse(Words[word], CultureInfo.InvariantCulture);

    private double Number(string name, double otherwise) =>
        _options.TryGetValue(name, out string? text) ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    public LockRequest Request(params string[] targets) => new(targets.Select(Target).ToList())
    {
        Mode = IsShared ? LockMode.Shared : Slots is not null ? LockMode.Slot : LockMode.Exclusive,
        Slots = Slots ?? 1,
        Timeout = TimeSpan.FromSeconds(Number("--timeout-sec", 0)),
        NoWait = _options.ContainsKey("--no-wait"),
        Reason = _options.GetValueOrDefault("--reason"),
        Coordinator = Coordinator,
        AllowNetworkFileSystem = _options.ContainsKey("--allow-network-fs"),
    };

    public string? Server => _options.GetValueOrDefault("--coordinator");

    // Opened once: each lock of a loop goes through the same one.
    public Coordinator? Coordinator => Server is null ? null : _fleet ??= PostgresCoordinator.Open(Server);

    public static LockTarget Target(string text) => text.StartsWith("file:", StringComparison.Ordinal)
        ? LockTarget.FromPath(text["file:".Length..])
        : LockTarget.FromName(LockRoot.Default(), text);
}
