using System;
using System.Collections.Generic;

namespace ProcessDedup.Retry;

/// <summary>Errors that are known to pass, in sets with names.</summary>
public static class KnownTransientErrors
{
    /// <summary>
    /// A native library is opened while another process still writes it. The texts are those of the loaders of glibc
    /// (elf/dl-load.c), musl, macOS (dyld) and Windows (winerror.h: 32, 193, 0x8007000B), and of .NET above them.
    /// </summary>
    public const string NativeLibraryRace = nameof(NativeLibraryRace);

    private static readonly Dictionary<string, IReadOnlyList<string>> Sets = new(StringComparer.OrdinalIgnoreCase)
    {
        [NativeLibraryRace] =
        [
            "file too short",
            "invalid ELF header",
            "cannot read file data",
            "ELF load command past end of file",
            "ELF load command alignment not page-aligned",
            "object file has no loadable segments",
            "object file has no dynamic section",
            "Exec format error",
            "Text file busy",
            "not a mach-o file",
            "truncated mach-o",
            "extends past end of file",
            "extends beyond end of file",
            "is not a valid Win32 application",
            "program with an incorrect format",
            "Bad IL format",
            "being used by another process",
        ],
    };

    /// <summary>The names of the sets.</summary>
    public static IReadOnlyCollection<string> Names => Sets.Keys;

    /// <summary>The texts of a set; null if there is no set of that name.</summary>
    public static IReadOnlyList<string>? Find(string name) =>
        Sets.TryGetValue(name, out IReadOnlyList<string>? texts) ? texts : null;
}
