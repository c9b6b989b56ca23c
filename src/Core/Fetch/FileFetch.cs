using ProcessDedup.Fetch.Archives;
using ProcessDedup.Fetch.Files;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch;

/// <summary>From an address of a file to the file, or to what is in it.</summary>
internal static class FileFetch
{
    /// <exception cref="FetchException">It cannot be had, or cannot be unpacked.</exception>
    public static CachedContent Get(FetchContext context, FetchAddress address)
    {
        CachedContent file = GetFile(context, address);
        if (!context.Request.Unpack && !context.Request.Decompress)
            return file;
        try
        {
            return Unpack(context, file);
        }
        catch (FetchException e) when (IsNoArchive(e) && TryForget(context, address, file))
        {
            // Just got from the origin: it has nothing better. Else it is asked once more, without validators, which would
            // only confirm what is there: the login page of yesterday, or half of a body that came without a length.
            if (file.Status is FetchStatus.Downloaded or FetchStatus.Resumed)
                throw;
        }

        file = GetFile(context, address);
        try
        {
            return Unpack(context, file);
        }
        catch (FetchException e) when (IsNoArchive(e))
        {
            TryForget(context, address, file);
            throw;
        }
    }

    private static CachedContent GetFile(FetchContext context, FetchAddress address) => address.Kind == AddressKind.File
        ? context.Fly(new FilePlan(context, address.Uri!.LocalPath))
        : HttpFetch.Get(context, address);

    private static CachedContent Unpack(FetchContext context, CachedContent file)
    {
        CachedContent tree = context.Request.Decompress ? context.Fly(new DecompressPlan(context, file)) : context.Fly(new UnpackPlan(context, file));
        // What took the work is what is told: the download, if there was one, else the unpacking.
        bool isFileWork = file.Status is not (FetchStatus.Hit or FetchStatus.Waited);
        bool isTreeWork = tree.Status == FetchStatus.Built;
        CachedContent told = isFileWork ? file : isTreeWork ? tree : file.Status == FetchStatus.Waited ? file : tree;
        return tree with
        {
            Status = told.Status,
            Reason = told.Reason,
            Waited = file.Waited + tree.Waited,
            Worked = file.Worked + tree.Worked,
            Entry = tree.Entry with { ValidatedAt = file.Entry.ValidatedAt, Key = file.Entry.Key },
        };
    }

    private static bool IsNoArchive(FetchException e) => e.Error is FetchError.ArchiveCorrupt or FetchError.ArchiveUnsupported;

    /// <summary>
    /// What cannot be unpacked is not kept as good: its record goes. Not where it is what the caller's hash says, as nothing
    /// else would ever come; and not where the origin may not be asked.
    /// </summary>
    private static bool TryForget(FetchContext context, FetchAddress address, CachedContent file)
    {
        CacheStore store = context.Store;
        if (address.Kind != AddressKind.Http || context.Request.Expected is not null || context.Request.Offline)
            return false;
        // Not if it was renewed meanwhile: then it names what came since.
        if (store.Index.Find(file.Entry.Key) is { } now && now.Committed == file.Entry.Committed)
            store.Index.Remove(now.Key);
        return true;
    }
}
