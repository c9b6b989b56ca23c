using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Flight;
using ProcessDedup.Locks;
using ProcessDedup.Platform;
using ProcessDedup.Store;
using ProcessDedup.Substituters;

namespace ProcessDedup.Artifacts;

/// <summary>
/// Artifacts that processes share: what is in the local store is used, else what a substituter has, else one of them
/// builds it and the others wait.
/// </summary>
/// <remarks>
/// <para><b>Guaranteed</b>, whatever is killed when: an artifact is there whole or not at all, is never written to again,
/// and is not pruned while the process lives that it was given to.</para>
/// <para><b>Not guaranteed</b>: a single build where locks cannot be relied on, after a builder died, or where a builder was
/// taken for stalled; building twice never harms.</para>
/// </remarks>
public sealed class ArtifactCache
{
    private readonly CacheStore _store;
    private readonly SingleFlight _flight;

    internal ArtifactCache(CacheStore store, FlightHooks hooks)
    {
        _store = store;
        _flight = new SingleFlight(store, hooks);
    }

    /// <summary>The artifacts below a root; it is made if it is missing.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.StoreNewerVersion"/>, or the directory cannot be made.</exception>
    /// <exception cref="LockException">The directory cannot be trusted.</exception>
    public static ArtifactCache Open(LockRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return new ArtifactCache(CacheStore.Open(root), FlightHooks.None);
    }

    /// <summary>Gets an artifact, and builds it if nobody has it.</summary>
    /// <param name="request">Which one.</param>
    /// <param name="build">Fills the directory. Called on the calling thread, in one of many processes.</param>
    /// <param name="cancellation">Ends the wait; the build looks at it itself.</param>
    /// <exception cref="FetchException"><see cref="FetchError.ProducerFailed"/>, <see cref="FetchError.BuildUnclean"/>;
    /// also if the build failed in the process that was waited for.</exception>
    /// <exception cref="LockException">Another process is at it, and takes too long.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Artifact Build(ArtifactRequest request, Action<BuildPlace> build, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(build);
        var substituters = new SubstituterSet(request.Substituters, _store)
        {
            BelievesAbsence = request.Coordinator is null,
            AllowOutwardLinks = request.AllowOutwardLinks,
        };
        FleetCheck.Check(request);
        return Get(request, new ArtifactWork
        {
            Substitute = Substituter(request, substituters),
            Produce = build,
            Publish = Publisher(request, substituters),
            IsForced = request.Force,
            KeepsExtended = request.KeepExtendedAttributes,
            FailureScope = "build",
        }, cancellation);
    }

    /// <summary>Gets an artifact from the local store or a substituter.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.ArtifactNotFound"/></exception>
    /// <exception cref="LockException">Another process is at it, and takes too long.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Artifact Restore(ArtifactRequest request, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var substituters = new SubstituterSet(request.Substituters, _store) { AllowOutwardLinks = request.AllowOutwardLinks };
        return Get(request, new ArtifactWork
        {
            Substitute = Substituter(request, substituters),
            Substituters = request.Substituters.Addresses.Count,
            // Somebody else may know where to find it. Logins must not be guessed from what is written of them.
            FailureScope = ContentHash.HexOf($"restore {Convert.ToBase64String(_store.Salt)}\n{substituters.Identity}"),
        }, cancellation);
    }

    /// <summary>Puts a file or directory into the local store. What is there already stays, unless it is to be replaced.</summary>
    /// <param name="request">Under which key; its destination counts as well.</param>
    /// <param name="source">The file or directory; it is copied.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="FetchException"><see cref="FetchError.ArtifactSourceInvalid"/>, <see cref="FetchError.ArtifactDiffers"/></exception>
    /// <exception cref="LockException">Another process is at it, and takes too long.</exception>
    public Artifact Save(ArtifactRequest request, string source, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArtifactSource from = ArtifactSource.Find(source, _store.Layout);
        return Get(request, new ArtifactWork
        {
            Produce = place =>
            {
                string real = RealPath.Of(from.Path);
                place.Survey = TreeSurvey.Of(real, from.FileName, request.KeepExtendedAttributes, cancellation);
                TreeIntake.Copy(real, place.Directory, from.FileName, cancellation);
            },
            KeepsExtended = request.KeepExtendedAttributes,
            Status = FetchStatus.Saved,
            FileName = from.FileName,
            IsForced = request.Force,
            FailureScope = "save " + from.Path,
            Accept = request is { MustBeSame: true, Force: false } ? entry => ArtifactComparison.RequireSame(_store, request, entry, from, cancellation) : null,
        }, cancellation);
    }

    /// <summary>The artifacts in the local store, the last used first.</summary>
    /// <param name="pattern">Names, with * and ?; or a fingerprint, or how it begins; null: all.</param>
    public IReadOnlyList<Artifact> List(string? pattern = null) => new CacheInspection(_store).List()
        .Where(item => item is { Kind: ArtifactPlan.Artifacts, Path: not null })
        .Where(item => pattern is null || SourcePattern.IsMatch(pattern, item.Source) || IsPrefix(pattern, item.Key))
        .Select(item => Describe(item.Entry, item.Path!) with { LastUsedAt = item.LastUsedAt })
        .ToList();

    /// <summary>Publishes artifacts of the local store to a substituter; what it has already is left as it is.</summary>
    /// <param name="key">Which: by fingerprint, or all of a name.</param>
    /// <param name="to">The substituter, as in <see cref="SubstituterOptions.Addresses"/>.</param>
    /// <param name="signingKey">Path of a PEM file with the key that signs them; null for no signature.</param>
    /// <param name="options">How long to wait for whom.</param>
    /// <param name="activity">Where to look how far it is.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="FetchException"><see cref="FetchError.ArtifactNotFound"/>, or the substituter did not take it.</exception>
    public IReadOnlyList<PublishedArtifact> Publish(
        ArtifactKey key, string to, string? signingKey, SubstituterOptions options, FetchActivity activity, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(activity);
        var publisher = new ArtifactPublisher(options, _store);
        List<CacheEntry> entries = _store.Index.ReadAll().Select(found => found.Key)
            .Where(e => e.Kind == ArtifactPlan.Artifacts && (e.Key == key.Fingerprint || e.Source == FetchFailures.PublicName(key.Name)))
            .ToList();
        // Exactly this one, if it is there; else all of the name.
        if (entries.Find(e => e.Key == key.Fingerprint) is { } exact)
            entries = [exact];
        if (entries.Count == 0)
            throw FetchFailures.ArtifactNotFound(key.Name, key.Fingerprint, 0, 0);
        return entries.ConvertAll(entry => Publish(publisher, entry, to, signingKey, activity, cancellation));
    }

    /// <summary>The address of a substituter without what may be secret.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.SubstituterInvalid"/></exception>
    public static string ShowSubstituter(string address) => SubstituterAddress.Parse(address).Display;

    private Action<CacheEntry, FlightLeader>? Publisher(ArtifactRequest request, SubstituterSet substituters)
    {
        if (request.PublishTo is not { } to)
            return null;
        var publisher = new ArtifactPublisher(request.Substituters, _store);
        return (entry, leader) => Publish(
            publisher, entry, to, request.SigningKey, request.Activity, leader.Cancellation, substituters.HasFoundDamage(to, entry.Key));
    }

    private PublishedArtifact Publish(
        ArtifactPublisher publisher, CacheEntry entry, string to, string? signingKey, FetchActivity activity, CancellationToken cancellation, bool replaces = false)
    {
        // No prune takes it as long as this process is at it.
        _store.Leases.Take(ProcessIdentity.Current, entry.Digest!);
        TreeManifest manifest = TreeManifest.Read(_store.Layout.ManifestFile(entry.Digest!));
        manifest = manifest.WithTimes(_store.Trees.TimesFor(entry, manifest)).WithAttributes(_store.Trees.AttributesFor(entry, manifest));
        var facts = new ArtifactFacts(entry.Key, entry.Source, entry.FileName, entry.FetchedAt, $"{entry.Maker.User}@{entry.Maker.Host}");
        var watch = new SubstitutionWatch(activity);
        publisher.Sending = (sent, total) => watch.Receiving(to, sent, total);
        PublishOutcome outcome = publisher.Publish(to, facts, _store.Layout.TreeDirectory(entry.Digest!), manifest, signingKey, cancellation, replaces);
        return new PublishedArtifact
        {
            Name = entry.Source,
            Key = entry.Key,
            To = SubstituterAddress.Parse(to).Display,
            Outcome = outcome,
            Size = entry.Size,
        };
    }

    private static bool IsPrefix(string text, string key)
    {
        const int shortest = 8;
        return text.Length >= shortest && key.StartsWith(text, StringComparison.OrdinalIgnoreCase);
    }

    private static Func<string, StagingDirectory, FlightLeader, Substitution?>? Substituter(ArtifactRequest request, SubstituterSet substituters)
    {
        if (substituters.IsEmpty)
            return null;
        return (directory, place, leader) => substituters.TryRestore(
            request.Key.Fingerprint, request.Key.Name, directory, place, new SubstitutionWatch(request.Activity), leader.Cancellation)
            is { } found
                ? new Substitution(found.From, found.Record.FileName, found.Manifest)
                : null;
    }

    private Artifact Get(ArtifactRequest request, ArtifactWork work, CancellationToken cancellation)
    {
        FetchRequest fetch = request.ToFetch();
        FetchOptionsCheck.CheckName(fetch);
        if (request.ReadOnly && request.Destination is null)
            throw FetchFailures.ReadOnlyNeedsDestination(request.Key.Name);
        return FetchContext.Within(_store, _flight, fetch, context =>
        {
            for (int attempt = 1; ; attempt++)
            {
                var plan = new ArtifactPlan(context, request.Key, work);
                CachedContent content = context.Fly(plan);
                if (content.Status != work.Status)
                    work.Accept?.Invoke(content.Entry);
                plan.TryMakeFinal(content.Entry);
                Artifact artifact = Describe(content.Entry, content.Path) with
                {
                    Status = content.Status,
                    WaitedSec = Math.Round(content.Waited.TotalSeconds, 3),
                    Why = content.Reason,
                };
                if (request.Destination is not null)
                {
                    if (new ArtifactDelivery(_store, request, context).TryDeliver(content, mayFail: attempt == 1) is not { } place)
                        continue;
                    artifact = artifact with { Path = place };
                }

                context.Note(content);
                return artifact;
            }
        }, cancellation);
    }

    private static Artifact Describe(CacheEntry entry, string tree) => new()
    {
        Name = entry.Source,
        Key = entry.Key,
        Path = entry.FileName is null ? tree : Path.Combine(tree, entry.FileName),
        IsDirectory = entry.FileName is null,
        Digest = ContentHash.Sha256 + ":" + entry.Digest,
        Size = entry.Size,
        StoredAt = entry.FetchedAt,
        Maker = entry.Maker,
        WorkSec = entry.Work.TotalSeconds,
        From = entry.From,
    };
}
