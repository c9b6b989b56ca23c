using System;
using System.Collections.Generic;
using System.Threading;
using ProcessDedup.Fetch.Forges;
using ProcessDedup.Fetch.Git;
using ProcessDedup.Fetch.Produced;
using ProcessDedup.Flight;
using ProcessDedup.Locks;
using ProcessDedup.Once;
using ProcessDedup.Report;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch;

/// <summary>
/// A cache that processes share: of many that want the same thing at the same moment one fetches it, the others wait and
/// reuse it.
/// </summary>
/// <remarks>
/// <para><b>Guaranteed</b>, whatever is killed when: what a result names is complete, has the digest that it says, and is
/// never written to again; a result's content is not pruned while the process lives that it was given to.</para>
/// <para><b>Not guaranteed</b>: a single download where locks cannot be relied on (network file systems), or after the
/// leader died; more than one download never harms.</para>
/// </remarks>
public sealed class FetchCache
{
    private readonly CacheStore _store;
    private readonly SingleFlight _flight;

    internal FetchCache(CacheStore store, FlightHooks hooks)
    {
        _store = store;
        _flight = new SingleFlight(store, hooks);
    }

    /// <summary>The cache below a root; it is made if it is missing.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.StoreNewerVersion"/>, or the directory cannot be made.</exception>
    /// <exception cref="LockException">The directory cannot be trusted.</exception>
    public static FetchCache Open(LockRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return new FetchCache(CacheStore.Open(root), FlightHooks.None);
    }

    /// <summary>Where it is.</summary>
    public string Directory => _store.Layout.Directory;

    /// <summary>Gets what the request describes, from the cache or its source.</summary>
    /// <exception cref="FetchException">It cannot be had.</exception>
    /// <exception cref="LockException">Another process is getting it, and takes too long.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public FetchResult Get(FetchRequest request, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        FetchOptionsCheck.Check(request);
        FleetCheck.Check(request);
        request = AddressHash.Apply(request);
        FetchAddress address = FetchAddress.Parse(request.Address);
        return FetchContext.Within(_store, _flight, request, context => Deliver(context, () => address.Kind switch
        {
            AddressKind.Git => GitFetch.Get(context, address),
            AddressKind.Forge => ForgeFetch.Get(context, address),
            _ => FileFetch.Get(context, address),
        }), cancellation);
    }

    /// <summary>
    /// Gets what a producer makes in an empty directory; of many that ask for the same name and inputs one runs it.
    /// </summary>
    /// <param name="request">Its address is the name; how old the result may be, how long to wait.</param>
    /// <param name="inputs">Files whose content the result depends on.</param>
    /// <param name="producer">Is given the full path of the directory to fill. Called on the calling thread.</param>
    /// <param name="cancellation">Ends the wait; the producer looks at it itself.</param>
    /// <exception cref="FetchException"><see cref="FetchError.ProducerFailed"/>, and what <see cref="Get"/> has.</exception>
    public FetchResult Produce(
        FetchRequest request, IReadOnlyList<string> inputs, Action<string> producer, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(producer);
        FetchOptionsCheck.CheckName(request);
        FleetCheck.Check(request);
        return FetchContext.Within(_store, _flight, request, context =>
        {
            string key = ProducerPlan.KeyOf(request.Address, inputs, context.Cancellation);
            return Deliver(context, () => context.Fly(new ProducerPlan(context, FetchFailures.PublicName(request.Address), key, producer)));
        }, cancellation);
    }

    /// <summary>
    /// Has work done by one process, for all who ask at the same time under the same name, and for those who ask later
    /// if it went well.
    /// </summary>
    /// <param name="request">Its address is the name; how old the result may be, how long to wait.</param>
    /// <param name="form">What the work leaves, as only who reads that may share it: "objects", "command".</param>
    /// <param name="work">Is given the full path of an empty directory for what it leaves, and the lock under which it
    /// runs (null if it runs without); false: it failed.</param>
    /// <param name="cancellation">Ends the wait; the work looks at it itself.</param>
    public SharedResult RunOnce(
        FetchRequest request, string form, Func<string, LockLease?, bool> work, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(work);
        FetchOptionsCheck.CheckName(request);
        return FetchContext.Within(_store, _flight, request, context =>
        {
            CachedContent content = context.Fly(new OncePlan(context, form, request.Address, work));
            return new SharedResult(Finish(context, content), OncePlan.WentWell(content.Entry));
        }, cancellation);
    }

    /// <summary>Everything that is cached, the last used first.</summary>
    public IReadOnlyList<CachedItem> List() => new CacheInspection(_store).List();

    /// <summary>What the cache has done since a moment.</summary>
    public CacheStatistics Statistics(DateTimeOffset since) => CacheStatistics.Of(_store.Events.Read(since));

    /// <summary>What the cache has done since a moment, with the keys and flights that stand out.</summary>
    public DedupReport Report(DateTimeOffset since) => new ReportBuilder().Build(_store.Events.Read(since), since);

    /// <summary>Begins a check of cached content.</summary>
    public CacheCheck BeginCheck() => new(_store);

    /// <summary>Begins a prune; only one runs at a time.</summary>
    /// <exception cref="LockTimeoutException"><see cref="LockError.LockBusy"/>: another one is running.</exception>
    public CachePrune BeginPrune() => new(_store);

    /// <summary>What turns out to be damaged when it is copied to its destination is put aside, and got once more.</summary>
    private FetchResult Deliver(FetchContext context, Func<CachedContent> get)
    {
        CachedContent content = get();
        try
        {
            return Finish(context, content);
        }
        catch (FetchException e) when (e.Error == FetchError.StoreUnsafe && context.Request.Destination is not null)
        {
            CacheEntry entry = content.Entry;
            new CacheCheck(_store).Verify(
                new CachedItem { Key = entry.Key, Source = entry.Source, IsDirectory = entry.IsTree, Digest = entry.Digest, Entry = entry },
                context.Cancellation);
            return Finish(context, get());
        }
    }

    private FetchResult Finish(FetchContext context, CachedContent content)
    {
        CacheEntry entry = content.Entry;
        var result = new FetchResult
        {
            Uri = entry.Source,
            Path = content.Path,
            Status = content.Status,
            Digest = ContentHash.Sha256 + ":" + entry.Digest,
            Size = entry.Size,
            AgeSec = Locks.Durations.Seconds(entry.Age(DateTimeOffset.UtcNow) ?? TimeSpan.Zero),
            WaitedSec = Math.Round(content.Waited.TotalSeconds, 3),
            Leader = content.Status == FetchStatus.Waited ? FetchResult.Shown(entry.Committer) : null,
            Revision = entry.Revision,
            IsDirectory = entry.IsTree,
            FileName = entry.FileName,
            From = content.Status is FetchStatus.Substituted ? entry.From : null,
            TransferredBytes = context.Request.Activity.Transferred,
            Why = content.Reason,
            Key = entry.Key,
        };
        context.Note(content);
        return context.Request.Destination is { } destination ? PutAt(destination, context, result, entry) : result;
    }

    private FetchResult PutAt(string destination, FetchContext context, FetchResult result, CacheEntry entry)
    {
        CopyMode mode = context.Request.ReadOnly ? CopyMode.HardLink : CopyMode.Copy;
        context.Request.Activity.Does("copying");
        if (result.IsDirectory)
        {
            TreeManifest manifest = TreeManifest.Read(_store.Layout.ManifestFile(result.Digest.Substring(ContentHash.Sha256.Length + 1)));
            CopyOut.Tree(
                result.Path, manifest, destination, mode, context.Cancellation, times: _store.Trees.TimesFor(entry, manifest),
                attributes: _store.Trees.AttributesFor(entry, manifest));
        }
        else
        {
            destination = CopyPlace.ForFile(destination, System.IO.Path.GetFileName(result.Path));
            CopyOut.File(result.Path, destination, isExecutable: false, mode, context.Cancellation, size: entry.Size);
        }

        return result with { Path = System.IO.Path.GetFullPath(destination) };
    }
}
