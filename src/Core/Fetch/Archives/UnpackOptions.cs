using System;

namespace ProcessDedup.Fetch.Archives;

/// <summary>How an archive is unpacked, and how much of it at most.</summary>
internal sealed record UnpackOptions
{
    // As cargo: crates have been real that unpacked to 20 times their size.
    private const long LeastLimit = 512L << 20;

    /// <summary>What the archive is called in errors; null: by its path.</summary>
    public string? Name { get; init; }

    /// <summary>Leading components to take off every name; 1 for the archives of forges.</summary>
    public int StripComponents { get; init; }

    /// <summary>The most entries of any kind.</summary>
    public int MaxEntries { get; init; } = 1_000_000;

    /// <summary>The most bytes of all files together; null: by <see cref="MaxRatio"/>.</summary>
    public long? MaxTotalBytes { get; init; }

    /// <summary>The most bytes for each byte of the archive; 512 MiB are always allowed.</summary>
    public int MaxRatio { get; init; } = 20;

    /// <summary>
    /// Takes names that Windows cannot have (':', devices such as "aux.c", trailing dots and spaces) and names that
    /// differ in case only. Off Windows only; names that could lead out of the directory are never taken.
    /// </summary>
    public bool AllowNonPortableNames { get; init; }

    /// <summary>
    /// Keeps links that are absolute or lead out of the directory as they are. Off Windows only. No entry is ever written
    /// through a link, and a link is made last.
    /// </summary>
    public bool AllowOutwardLinks { get; init; }

    /// <summary>
    /// Is a tar archive refused in which a name comes twice? tar itself lets the last one count, as archives are appended to
    /// (tar -r); packs of ours never are.
    /// </summary>
    public bool RefusesRepeatedNames { get; init; }

    /// <summary>Is told what people should know of an archive that was unpacked.</summary>
    public Action<string>? Told { get; init; }

    /// <summary>Does everything get the time that the archive says, as with tar and unzip? Else the time of the unpacking.</summary>
    public bool KeepsTimes { get; init; } = true;

    /// <summary>The most bytes of all files of an archive of this size.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.FetchOptionsInvalid"/></exception>
    public long LimitFor(long archiveSize)
    {
        Check(nameof(StripComponents), StripComponents);
        Check(nameof(MaxEntries), MaxEntries);
        Check(nameof(MaxRatio), MaxRatio);
        Check(nameof(MaxTotalBytes), MaxTotalBytes ?? 0);
        return MaxTotalBytes ?? (archiveSize > long.MaxValue / Math.Max(1, MaxRatio)
            ? long.MaxValue
            : Math.Max(LeastLimit, MaxRatio * archiveSize));
    }

    private static void Check(string option, long value)
    {
        if (value < 0)
            throw FetchFailures.OptionOutOfRange(option, value);
    }
}
