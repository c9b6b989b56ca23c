using System.Collections.Generic;
using System.IO;
using System.Threading;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Fetch.Archives;

/// <summary>What an installed program (<c>xz -dc</c>, <c>lz4 -dc</c>) makes of a compressed file, as a stream.</summary>
internal static class DecompressionProgram
{
    /// <summary>xz, the successor of lzma.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.ProgramMissing"/></exception>
    public static ArchiveProgram Xz(Stream input, CancellationToken cancellation) => Start("xz", ["-dc"], input, cancellation);

    /// <summary>The older format lzma, which xz knows too.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.ProgramMissing"/></exception>
    public static ArchiveProgram Lzma(Stream input, CancellationToken cancellation) => Start("xz", ["--format=lzma", "-dc"], input, cancellation);

    /// <summary>lz4's frames.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.ProgramMissing"/></exception>
    public static ArchiveProgram Lz4(Stream input, CancellationToken cancellation) => Start("lz4", ["-dc"], input, cancellation);

    private static ArchiveProgram Start(string name, IReadOnlyList<string> arguments, Stream input, CancellationToken cancellation) =>
        ArchiveProgram.Start(ExecutableSearch.Find(name) ?? throw Missing(name), arguments, input, cancellation);

    private static FetchException Missing(string name) => name == "xz"
        ? FetchFailures.XzMissing(OperatingSystemKind.IsWindows)
        : FetchFailures.ProgramMissing(name, Message.Of(Key.ReasonUnpackThisArchive));
}
