using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using ProcessDedup.Bench.Origin;
using ProcessDedup.Locks;

namespace ProcessDedup.Bench.Contenders;

/// <summary>The origin, and all that this machine has to download from it.</summary>
internal sealed class DownloadField : IDisposable
{
    public const string Curl = "curl";
    public const string CurlAndSync = "curl, sync";
    public const string CurlAndHash = "curl, tee, sha256sum";
    public const string CurlRevalidating = "curl, 304";
    public const string AriaAlone = "aria2c -x1";
    public const string AriaFour = "aria2c -x4";
    public const string NixPrefetch = "nix-prefetch-url";
    public const string MakeFetchHappen = "make-fetch-happen";

    private readonly string _scratch;
    private readonly Dictionary<string, Downloader> _downloaders = [];
    private int _directories;

    private DownloadField(Nginx origin, string scratch, TextWriter notes)
    {
        Origin = origin;
        _scratch = scratch;
        Worker = new Downloader(Field.Ours, (address, directory, _) => InCache(Contender.Self([FetchWorker.Verb, address.AbsoluteUri]), directory));
        Product = Repository.Procdedup() is { } program && Field.Succeeds("sh", "-c", "\"$1\" --help | grep -q '^ *fetch '", "sh", program)
            ? new Downloader(Field.Ours, (address, directory, _) => InCache(new(program, ["fetch", address.AbsoluteUri, "--max-age-sec", "3600"]), directory))
            : null;
        Find(notes);
    }

    public Nginx Origin { get; }

    /// <summary>A small program over Core.</summary>
    public Downloader Worker { get; }

    /// <summary>procdedup; null if it is not built, or does not fetch yet.</summary>
    public Downloader? Product { get; }

    /// <summary>Null if there is no origin.</summary>
    public static DownloadField? TryFind(string scratch, TextWriter notes)
    {
        if (Nginx.TryStart(Directory.CreateDirectory(Path.Combine(scratch, "origin")).FullName) is { } origin)
            return new DownloadField(origin, scratch, notes);
        notes.WriteLine("skipped: all that is fetched (apt install nginx-light)");
        return null;
    }

    /// <summary>Those of these names that are here, in their order.</summary>
    public IEnumerable<Downloader> Named(IEnumerable<string> names) =>
        names.Where(_downloaders.ContainsKey).Select(name => _downloaders[name]);

    /// <summary>A directory that is empty.</summary>
    public string NewDirectory() =>
        Directory.CreateDirectory(Path.Combine(_scratch, "fetch-" + (++_directories).ToString(CultureInfo.InvariantCulture))).FullName;

    /// <summary>A directory in which this one has downloaded nothing yet.</summary>
    public string NewDirectory(Downloader downloader)
    {
        string directory = NewDirectory();
        downloader.Prepare(directory);
        return directory;
    }

    private void Find(TextWriter notes)
    {
        if (IsThere("curl", "--version", notes))
        {
            Add(Curl, (address, directory, i) => new("curl", ["-s", "-o", File(directory, i), address.AbsoluteUri]));
            Add(CurlAndSync, (address, directory, i) => Shell("curl -s -o \"$2\" \"$1\" && sync \"$2\"", address, File(directory, i)));
            Add(CurlAndHash, (address, directory, i) => Shell("curl -s \"$1\" | tee \"$2\" | sha256sum", address, File(directory, i)));
            Add(CurlRevalidating, (address, directory, i) => new(
                "curl", ["-s", "--etag-compare", File(directory, i) + ".etag", "--etag-save", File(directory, i) + ".etag", "-o", File(directory, i), address.AbsoluteUri]));
        }

        if (IsThere("aria2c", "--version", notes))
        {
            Add(AriaAlone, (address, directory, i) => Aria(1, address, directory, i));
            Add(AriaFour, (address, directory, i) => Aria(4, address, directory, i));
        }

        if (IsThere("nix-prefetch-url", "--version", notes))
        {
            // Sixteen that make one new store at the same moment break it ("db/schema is corrupt").
            _downloaders.Add(NixPrefetch, new Downloader(NixPrefetch, Nix)
            {
                Prepare = directory => Process.Start(InStore(new("nix-store", ["--init"]), directory))!.WaitForExit(),
            });
        }

        if (Field.Succeeds("npm", "install", "make-fetch-happen@15", "--prefix", _scratch, "--silent", "--no-audit", "--no-fund"))
            Add(MakeFetchHappen, NodeFetch);
        else
            notes.WriteLine($"skipped: {MakeFetchHappen} (npm or its registry is missing)");
    }

    private void Add(string name, Func<Uri, string, int, ProcessStartInfo> start) => _downloaders.Add(name, new Downloader(name, start));

    private static ProcessStartInfo InCache(ProcessStartInfo start, string directory)
    {
        start.Environment[LockRoot.HomeVariable] = directory;
        return start;
    }

    private static ProcessStartInfo Shell(string script, Uri address, string file) => new("sh", ["-c", script, "sh", address.AbsoluteUri, file]);

    // Without preallocation, as the others; --min-split-size is what makes it split at all.
    private static ProcessStartInfo Aria(int connections, Uri address, string directory, int i)
    {
        string count = connections.ToString(CultureInfo.InvariantCulture);
        return new("aria2c", [
            "--no-conf", "--quiet", "--file-allocation=none", "--min-split-size=1M", "-x", count, "-s", count,
            "-d", directory, "-o", Path.GetFileName(File(directory, i)), address.AbsoluteUri]);
    }

    private static ProcessStartInfo Nix(Uri address, string directory, int i) => InStore(
        new("nix-prefetch-url", address.Fragment.Length > 1
            ? [address.GetLeftPart(UriPartial.Query), address.Fragment[1..]]
            : [address.AbsoluteUri]),
        directory);

    // A store of its own: that of this machine is not ours to fill.
    private static ProcessStartInfo InStore(ProcessStartInfo start, string directory)
    {
        start.Environment["HOME"] = directory;
        start.Environment["NIX_STORE_DIR"] = Path.Combine(directory, "store");
        start.Environment["NIX_STATE_DIR"] = Path.Combine(directory, "state");
        start.Environment["NIX_LOG_DIR"] = Path.Combine(directory, "log");
        start.Environment["NIX_CONF_DIR"] = Path.Combine(directory, "conf");
        start.Environment["NIX_CONFIG"] = "build-users-group =";
        return start;
    }

    private ProcessStartInfo NodeFetch(Uri address, string directory, int i)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, "peers", "make-fetch-happen.js"), address.AbsoluteUri, directory]);
        start.Environment["NODE_PATH"] = Path.Combine(_scratch, "node_modules");
        return start;
    }

    private static string File(string directory, int i) => Path.Combine(directory, "out-" + i.ToString(CultureInfo.InvariantCulture));

    private static bool IsThere(string program, string argument, TextWriter notes)
    {
        bool isThere = Field.Succeeds(program, argument);
        if (!isThere)
            notes.WriteLine($"skipped: {program} (not installed)");
        return isThere;
    }

    public void Dispose() => Origin.Dispose();
}
