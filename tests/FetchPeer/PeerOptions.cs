using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading;
using ProcessDedup.Artifacts;
using ProcessDedup.Coordination;
using ProcessDedup.Fetch;
using ProcessDedup.Flight;
using ProcessDedup.Locks;
using ProcessDedup.Platform;
using ProcessDedup.Postgres;
using ProcessDedup.Store;
using ProcessDedup.Substituters;

namespace ProcessDedup.FetchPeer;

/// <summary>What a command is to do.</summary>
internal sealed class PeerOptions
{
    private const int SigKill = 9;
    private const int SigStop = 19;

    private StoreStep? _deathStep;
    private readonly StoreStep? _stopStep;
    private int _stepsToDeath = 1;
    private readonly PruneStep? _pruneDeathStep;
    private readonly double? _maxAgeSec;
    private readonly List<KeyValuePair<string, string>> _headers = [];
    private readonly ContentHash? _expected;
    private readonly double _timeoutSec;
    private readonly bool _unpack;
    private readonly bool _offline;
    private readonly bool _withoutLocks;
    private readonly bool _proceed;
    private readonly string? _destination;

    public PeerOptions(string[] words)
    {
        for (int i = 0; i < words.Length; i++)
        {
            switch (words[i])
            {
                case "--max-age-sec": _maxAgeSec = Number(words[++i]); break;
                case "--timeout-sec": _timeoutSec = Number(words[++i]); break;
                case "--header": _headers.Add(Header(words[++i])); break;
                case "--sha256": _expected = ContentHash.Parse(words[++i]); break;
                case "--destination": _destination = words[++i]; break;
                case "--unpack": _unpack = true; break;
                case "--offline": _offline = true; break;
                case "--substituter": Substituters.Add(words[++i]); break;
                case "--publish-to": PublishTo = words[++i]; break;
                case "--coordinator": Coordinator = PostgresCoordinator.Open(words[++i]); break;
                case "--stall-timeout-sec": StallTimeout = TimeSpan.FromSeconds(Number(words[++i])); break;
                case "--fail": Fails = true; break;
                case "--gate": Gate = words[++i]; break;
                case "--proceed": _proceed = true; break;
                case "--no-locks": _withoutLocks = true; break;
                case "--die-at": DieAt(words[++i]); break;
                case "--stop-at": _stopStep = Enum.Parse<StoreStep>(words[++i]); break;
                case "--prune-dies-at": _pruneDeathStep = Enum.Parse<PruneStep>(words[++i]); break;
                case "--read": Reads = true; break;
                case "--hold": Holds = true; break;
                default: Addresses.Add(words[i]); break;
            }
        }
    }

    public List<string> Addresses { get; } = [];

    /// <summary>Stores that are asked before anything is built.</summary>
    public List<string> Substituters { get; } = [];

    /// <summary>Where what is made is published.</summary>
    public string? PublishTo { get; }

    /// <summary>The fleet's; null for this machine alone.</summary>
    public Coordinator? Coordinator { get; }

    public TimeSpan StallTimeout { get; }

    /// <summary>A build fails.</summary>
    public bool Fails { get; }

    /// <summary>A build, begun, says BUILDS and goes on when this file is there.</summary>
    public string? Gate { get; }

    /// <summary>Both cores may be busy with dozens of these.</summary>
    public SubstituterOptions SubstituterOptions => new() { Addresses = Substituters, ConnectTimeout = TimeSpan.FromSeconds(80), StallTimeout = TimeSpan.FromSeconds(80) };

    /// <summary>Read what was given and compare it with its digest.</summary>
    public bool Reads { get; }

    /// <summary>Read all that was given again and again, until the input ends.</summary>
    public bool Holds { get; }

    /// <summary>The cache of PROCESSDEDUP_HOME.</summary>
    public FetchCache Open() => new(
        CacheStore.Open(LockRoot.Default()), new FlightHooks { WithoutLocks = _withoutLocks, Reached = Reached });

    /// <summary>The artifacts of PROCESSDEDUP_HOME.</summary>
    public ArtifactCache OpenArtifacts() => new(
        CacheStore.Open(LockRoot.Default()), new FlightHooks { WithoutLocks = _withoutLocks, Reached = Reached });

    /// <summary>Only archives (.tar.gz) are unpacked.</summary>
    public FetchRequest Request(string address) => new(address)
    {
        MaxAge = _maxAgeSec is { } age ? TimeSpan.FromSeconds(age) : null,
        Expected = _expected,
        Timeout = TimeSpan.FromSeconds(_timeoutSec),
        ProceedOnTimeout = _proceed,
        Unpack = _unpack && address.EndsWith(".tar.gz", StringComparison.Ordinal),
        Offline = _offline,
        Destination = _destination,
        Headers = _headers,
        StallTimeout = StallTimeout,
        Coordinator = Coordinator,
        PublishTo = PublishTo,
        Substituters = SubstituterOptions,
    };

    private static KeyValuePair<string, string> Header(string text) =>
        new(text[..text.IndexOf(':', StringComparison.Ordinal)], text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim());

    private void DieAt(string step)
    {
        string[] parts = step.Split(':');
        _deathStep = Enum.Parse<StoreStep>(parts[0]);
        _stepsToDeath = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 1;
    }

    private void Reached(StoreStep step)
    {
        if (step == _deathStep && Interlocked.Decrement(ref _stepsToDeath) == 0)
            Die();
        if (step == _stopStep)
            _ = Libc.Kill(ProcessIdentity.CurrentProcessId(), SigStop);
    }

    /// <summary>A prune came to a step.</summary>
    public void Reached(PruneStep step)
    {
        if (step == _pruneDeathStep)
            Die();
    }

    /// <summary>kill -9 by its own hand.</summary>
    public static void Die()
    {
        _ = Libc.Kill(ProcessIdentity.CurrentProcessId(), SigKill);
        // The signal may be delivered to another thread first; this one must not go on.
        Thread.Sleep(Timeout.Infinite);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
