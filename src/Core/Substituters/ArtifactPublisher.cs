using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Files;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Substituters;

/// <summary>How a publication ended.</summary>
public enum PublishOutcome
{
    /// <summary>The substituter has it from now on.</summary>
    Published,

    /// <summary>It had it before.</summary>
    AlreadyThere,
}

/// <summary>The steps of a publication in their order; tests die at them.</summary>
internal enum PublishStep
{
    LookedUp,
    Packed,
    Sending,
    PackSent,
    RecordSent,
}

/// <summary>
/// Publishes artifacts to a substituter: the packed tree first, under its own digest, and then the record that makes it
/// visible. Correct without any lock, whoever else publishes the same at the same time, and whoever is killed.
/// </summary>
internal sealed class ArtifactPublisher
{
    // A header of tar.
    private const long LeastOfItem = 512;

    private readonly SubstituterOptions _options;
    private readonly CacheStore _store;

    /// <param name="options">How long to wait for whom; the addresses in it do not count.</param>
    /// <param name="store">Where it is packed, and where it was remembered that it is not there.</param>
    /// <exception cref="FetchException"><see cref="FetchError.FetchOptionsInvalid"/></exception>
    public ArtifactPublisher(SubstituterOptions options, CacheStore store)
    {
        SubstituterTimes.Check(options);
        // Who restores can build instead; who publishes has nothing else to do than to wait for a busy server.
        TimeSpan patience = options.ConnectTimeout > TimeSpan.Zero && options.StallTimeout > options.ConnectTimeout
            ? options.StallTimeout
            : options.ConnectTimeout;
        _options = new SubstituterOptions
        {
            ConnectTimeout = patience,
            StallTimeout = options.StallTimeout,
            NegativeTtl = options.NegativeTtl,
            Pause = options.Pause,
        };
        _store = store;
    }

    /// <summary>Is told of every step; null if nobody wants to know.</summary>
    public Action<PublishStep>? Reached { get; set; }

    /// <summary>Is told how many bytes of how many were sent; must be quick and must not throw.</summary>
    public Action<long, long>? Sending { get; set; }

    /// <summary>Publishes one artifact to one substituter.</summary>
    /// <param name="address">As <see cref="SubstituterOptions.Addresses"/> has them.</param>
    /// <param name="facts">What it is.</param>
    /// <param name="treeDirectory">The tree.</param>
    /// <param name="manifest">What is in the tree.</param>
    /// <param name="signingKeyPem">A PEM file's path (or its text) with the key that signs it; null for no signature.</param>
    /// <param name="c">Ends it.</param>
    /// <param name="replaces">What is there is known to be no good: it is sent anew.</param>
    /// <exception cref="FetchException">It was not published.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public PublishOutcome Publish(
        string address, ArtifactFacts facts, string treeDirectory, TreeManifest manifest, string? signingKeyPem, CancellationToken c, bool replaces = false)
    {
        SubstituterAddress to = SubstituterAddress.Parse(address);
        if (!ArtifactRecordJson.IsDigest(facts.Key))
            throw FetchFailures.ArtifactUnfit(facts.Name, Message.Of(Key.ReasonKeyIsNoSha256));
        ArtifactPack.Check(manifest, facts);
        using SigningKey? signer = signingKeyPem is null ? null : SigningKey.ForSigning(signingKeyPem);
        var marks = new SubstituterMarks(_options, _store.Layout, to);
        try
        {
            using ISubstituterStore substituter = SubstituterStores.Open(to, _options, _store);
            PublishOutcome outcome = Publish(substituter, to, facts, treeDirectory, manifest, signer, replaces, c);
            marks.Answered();
            marks.ForgetAbsent(facts.Key);
            return outcome;
        }
        catch (SubstituterFault fault)
        {
            if (fault.IsDead)
                marks.Pause(fault.RetryAfter);
            throw FetchFailures.Substituter(to.Display, fault);
        }
        catch (PlatformException e)
        {
            throw FetchFailures.FromPlatform(to.Display, e);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            throw FetchFailures.FromIo(to.Display, treeDirectory, e);
        }
    }

    private PublishOutcome Publish(
        ISubstituterStore substituter, SubstituterAddress to, ArtifactFacts facts, string tree, TreeManifest manifest, SigningKey? signer, bool replaces, CancellationToken c)
    {
        ArtifactRecord? there = TryFind(substituter, facts.Key, c);
        bool isSame = there is not null && there.Digest == manifest.Digest.Hex && there.Times == manifest.Times?.Digest && there.Attributes == manifest.Attributes?.Digest && there.FileName == facts.FileName;
        bool isSigned = there is not null && (signer is null || signer.HasSigned(there));
        Reached?.Invoke(PublishStep.LookedUp);
        // Of two builds of one key the first counts, as others use it by now; unless it could not be trusted.
        if (there is not null && isSigned && !replaces)
            return PublishOutcome.AlreadyThere;
        using StagingDirectory place = _store.NewStaging();
        ArtifactRecord record = isSame && !replaces ? there! : SendPack(substituter, to, facts, tree, manifest, place, replaces, c);
        // Others have signed the very same; who publishes it anew without a key must not take that away.
        if (isSame && there!.PackDigest == record.PackDigest)
            record = there;
        if (signer is not null)
        {
            IEnumerable<ArtifactSignature> others = record.Signatures.Where(s => s.KeyId != signer.Id).Take(ArtifactRecordJson.MostSignatures - 1);
            record = record with { Signatures = [.. others, signer.Sign(record)] };
        }

        string file = place.File("record");
        File.WriteAllBytes(file, ArtifactRecordJson.Write(record));
        substituter.Put(ArtifactRecord.PathOf(facts.Key), file, _ => { }, c);
        Reached?.Invoke(PublishStep.RecordSent);
        return PublishOutcome.Published;
    }

    /// <summary>What is there of the key, if all of it is there; what is wrong is as good as nothing, and is replaced.</summary>
    private static ArtifactRecord? TryFind(ISubstituterStore substituter, string key, CancellationToken c)
    {
        try
        {
            return substituter.TryRead(ArtifactRecord.PathOf(key), ArtifactRecordJson.Largest, c) is { } content
                && ArtifactRecordJson.Parse(content, key) is { } record
                && substituter.TrySize(record.PackPath, c) == record.PackSize
                    ? record
                    : null;
        }
        catch (SubstituterFault e) when (!e.IsDead)
        {
            return null;
        }
    }

    private ArtifactRecord SendPack(
        ISubstituterStore substituter, SubstituterAddress to, ArtifactFacts facts, string tree, TreeManifest manifest, StagingDirectory place, bool replaces, CancellationToken c)
    {
        // A directory is as near as a disk; elsewhere the way takes longer than gzip.
        string packing = to.Kind == SubstituterKind.Directory ? ArtifactRecord.Tar : ArtifactRecord.TarGzip;
        string pack = place.File("pack");
        PackWriter.Write(tree, manifest, packing, pack, c);
        // Nobody unpacks what is so well compressed that it looks like a bomb; what is compressed already gets larger.
        if (packing == ArtifactRecord.TarGzip && new FileInfo(pack).Length is { } length
            && (manifest.TotalBytes > ArtifactRecord.LargestOf(length) || length > manifest.TotalBytes + LeastOfItem * manifest.Items.Count))
        {
            packing = ArtifactRecord.Tar;
            pack = place.File("pack-plain");
            PackWriter.Write(tree, manifest, packing, pack, c);
        }

        // Nor what unpacks to many names of one large file: there each name is a file.
        if (manifest.Attributes is { HasLinks: true } attributes && manifest.TotalBytes > ArtifactRecord.LargestOf(new FileInfo(pack).Length))
        {
            manifest = manifest.WithAttributes(attributes.WithoutLinks());
            pack = place.File("pack-without-links");
            PackWriter.Write(tree, manifest, packing, pack, c);
        }

        var record = new ArtifactRecord
        {
            Key = facts.Key,
            Name = FetchFailures.Shown(FetchFailures.PublicName(facts.Name)),
            Digest = manifest.Digest.Hex,
            Times = manifest.Times?.Digest,
            Attributes = manifest.Attributes?.Digest,
            Size = manifest.TotalBytes,
            FileName = facts.FileName,
            Packing = packing,
            PackDigest = FileHashing.Of(pack, [ContentHash.Sha256], c)[0].Hex,
            PackSize = new FileInfo(pack).Length,
            MadeAt = facts.MadeAt,
            MadeBy = FetchFailures.Shown(facts.MadeBy),
        };
        Reached?.Invoke(PublishStep.Packed);
        if (replaces || substituter.TrySize(record.PackPath, c) != record.PackSize)
            substituter.Put(record.PackPath, pack, Told(record.PackSize), c);
        Reached?.Invoke(PublishStep.PackSent);
        return record;
    }

    private Action<long> Told(long total)
    {
        long sent = 0;
        return bytes =>
        {
            Sending?.Invoke(Math.Min(sent += bytes, total), total);
            Reached?.Invoke(PublishStep.Sending);
        };
    }
}
