using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;
using ProcessDedup.Telemetry;

namespace ProcessDedup.Substituters;

/// <summary>What came from a substituter.</summary>
/// <param name="Record">What the substituter says of it.</param>
/// <param name="Manifest">What is in the directory, as measured.</param>
/// <param name="From">The substituter, fit to be shown.</param>
/// <param name="TransferredBytes">What came of it, packed.</param>
internal sealed record Substituted(ArtifactRecord Record, TreeManifest Manifest, string From, long TransferredBytes);

/// <summary>
/// The substituters of a caller, in the order in which they are asked. What one does wrong is said and the next one is
/// asked; the first whose artifact is signed, whole and what its record says is taken.
/// </summary>
internal sealed class SubstituterSet
{
    // A disk that is filled to the last byte is no good to anybody else either.
    private const long Spare = 1 << 20;

    private readonly SubstituterOptions _options;
    private readonly CacheStore _store;
    private readonly List<SubstituterAddress> _addresses;
    private readonly ArtifactTrust _trust;
    private readonly HashSet<(string Substituter, string Key)> _damaged = [];

    /// <exception cref="FetchException">
    /// <see cref="FetchError.SubstituterInvalid"/>, <see cref="FetchError.SigningKeyInvalid"/>, <see cref="FetchError.FetchOptionsInvalid"/>
    /// </exception>
    public SubstituterSet(SubstituterOptions options, CacheStore store)
    {
        SubstituterTimes.Check(options);
        _options = options;
        _store = store;
        _addresses = options.Addresses.Select(SubstituterAddress.Parse).ToList();
        _trust = new ArtifactTrust(options.TrustedKeys);
        // Read now: a wrong key must not be found out only when something is there to be checked.
        if (_addresses.Count > 0)
            _ = _trust.Keys;
    }

    /// <summary>
    /// Is it believed that a substituter still has not got what it had not got a while ago? Not where another machine may have
    /// published it since.
    /// </summary>
    public bool BelievesAbsence { get; set; } = true;

    /// <summary>Are links taken that lead out of the tree? Else who has such a tree is passed over.</summary>
    public bool AllowOutwardLinks { get; init; }

    /// <summary>Was what a substituter has of a key found not to be what its own record says?</summary>
    public bool HasFoundDamage(string address, string key) => _damaged.Contains((SubstituterAddress.Parse(address).Id, key));

    /// <summary>There is nobody to ask.</summary>
    public bool IsEmpty => _addresses.Count == 0;

    /// <summary>
    /// The same for all who ask the same substituters with the same logins and believe the same keys, wherever they stand and
    /// however they write it. May hold logins.
    /// </summary>
    public string Identity => string.Join("\n", _addresses
        .Select(a => $"{a.Id} {(a.IsTrusted ? "trusted" : "checked")} {a.Uri?.UserInfo}")
        .Concat(_addresses.Count == 0 ? [] : _trust.Keys.Select(key => "key " + key.Id)));

    /// <summary>Asks one after the other.</summary>
    /// <param name="key">64 hexadecimal digits.</param>
    /// <param name="name">As people know it.</param>
    /// <param name="directory">Empty; filled and verified on success, else empty again.</param>
    /// <param name="place">For what is needed on the way.</param>
    /// <param name="watch">Is told how it goes.</param>
    /// <param name="c">Ends it.</param>
    /// <returns>Null if nobody has it.</returns>
    /// <exception cref="FetchException">This machine's own trouble, such as a full disk.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Substituted? TryRestore(
        string key, string name, string directory, StagingDirectory place, ISubstituterWatch watch, CancellationToken c)
    {
        foreach (SubstituterAddress address in _addresses)
        {
            c.ThrowIfCancellationRequested();
            string answer = "error";
            using Followed activity = WorkMeasures.BeginSubstitution(address, name);
            try
            {
                if (TryRestore(address, key, name, directory, place, watch, ref answer, c) is { } restored)
                    return restored;
            }
            finally
            {
                WorkMeasures.Substituted(activity, address.Kind, answer);
            }
        }

        return null;
    }

    private Substituted? TryRestore(
        SubstituterAddress address, string key, string name, string directory, StagingDirectory place, ISubstituterWatch watch, ref string answer, CancellationToken c)
    {
        var marks = new SubstituterMarks(_options, _store.Layout, address);
        if (marks.PauseLeft is { } left && left > TimeSpan.Zero)
        {
            watch.Told(Message.Of(Key.NoticeSubstituterIsLeftAloneForAnother, address.Display, Seconds(left)));
            answer = "paused";
            return null;
        }

        if (BelievesAbsence && marks.IsAbsent(key))
        {
            answer = "absent";
            return null;
        }

        bool isBelieved = false;
        try
        {
            using ISubstituterStore substituter = SubstituterStores.Open(address, _options, _store);
            byte[]? content = substituter.TryRead(ArtifactRecord.PathOf(key), ArtifactRecordJson.Largest, c);
            marks.Answered();
            if (content is null)
            {
                marks.RememberAbsent(key);
                answer = "absent";
                return null;
            }

            ArtifactRecord record = ArtifactRecordJson.Parse(content, key);
            _trust.Check(record, address);
            CheckSize(record, directory);
            isBelieved = true;
            string pack = place.File("pack-" + Guid.NewGuid().ToString("N"));
            try
            {
                Receive(substituter, address, record, pack, watch, c);
                var restored = new Substituted(record, ArtifactPack.Unpack(pack, directory, record, AllowOutwardLinks, c), address.Display, record.PackSize);
                answer = "found";
                return restored;
            }
            finally
            {
                FileSystem.TryDelete(pack);
            }
        }
        catch (SubstituterFault fault)
        {
            if (isBelieved && !fault.IsDead && fault.Error != FetchError.SubstituterRefused)
                _damaged.Add((address.Id, key));
            watch.Told(Sentence(address, marks, name, fault));
            answer = fault.IsDead ? "dead" : "refused";
            return null;
        }
        catch (PlatformException e)
        {
            throw FetchFailures.FromPlatform(FetchFailures.PublicName(name), e);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            throw FetchFailures.FromIo(FetchFailures.PublicName(name), directory, e);
        }
    }

    private static string Sentence(SubstituterAddress address, SubstituterMarks marks, string name, SubstituterFault fault)
    {
        string what = FetchFailures.PublicName(name);
        if (fault.IsDead)
        {
            TimeSpan pause = marks.Pause(fault.RetryAfter);
            string rest = pause > TimeSpan.Zero ? Message.Of(Key.ReasonNobodyAsksItForNextS, Seconds(pause)) : string.Empty;
            return Message.Of(Key.NoticeSubstituterDidNotGiveAndRests, address.Display, what, fault.Message, rest);
        }

        return fault.Error == FetchError.SubstituterRefused
            ? Message.Of(Key.NoticeSubstituterDidNotGive, address.Display, what, fault.Message)
            : Message.Of(Key.NoticeSubstituterIsRefused, address.Display, what, fault.Message);
    }

    private void Receive(
        ISubstituterStore substituter, SubstituterAddress address, ArtifactRecord record, string pack, ISubstituterWatch watch, CancellationToken c)
    {
        watch.Receiving(address.Display, 0, record.PackSize);
        using var receiver = new PackReceiver(
            pack, record, _options.StallTimeout, done => watch.Receiving(address.Display, done, record.PackSize));
        if (!substituter.TryReceive(record.PackPath, receiver, c))
            throw SubstituterFault.Artifact(Message.Of(Key.ReasonRecordIsThereButNotWhat));
        receiver.Finish();
    }

    /// <summary>A record may announce anything: it must be in proportion, and there must be room.</summary>
    private static void CheckSize(ArtifactRecord record, string directory)
    {
        if (record.Size > ArtifactRecord.LargestOf(record.PackSize))
        {
            throw SubstituterFault.Artifact(
                Message.Of(Key.ReasonSaidToUnpackFromToWhich, ByteCount.Describe(record.PackSize), ByteCount.Describe(record.Size)));
        }

        // Both are there at the same time.
        if (FreeSpaceAt(directory) is { } free && (record.PackSize > free - Spare || record.Size > free - Spare - record.PackSize))
        {
            throw SubstituterFault.Artifact(
                Message.Of(Key.ReasonDiskTooSmall, ByteCount.Describe(record.PackSize), ByteCount.Describe(record.Size), ByteCount.Describe(free)));
        }
    }

    private static long? FreeSpaceAt(string directory)
    {
        try
        {
            return new DriveInfo(OperatingSystemKind.IsWindows ? Path.GetPathRoot(directory)! : directory).AvailableFreeSpace;
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e) || e is ArgumentException)
        {
            // A share, for instance: then it is found out by writing.
            return null;
        }
    }

    private static string Seconds(TimeSpan span) => Math.Ceiling(span.TotalSeconds).ToString(CultureInfo.InvariantCulture);
}
