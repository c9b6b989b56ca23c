using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Runtime.InteropServices;

namespace ProcessDedup.Sqlite;

/// <summary>Which library of SQLite to use: the one that came along, or the system's if it is newer.</summary>
internal static class SqliteLibraryChoice
{
    private const string Bundled = "bundled", System = "system", Chosen = "chosen";

    private static string FileName => OperatingSystem.IsWindows() ? "e_sqlite3.dll"
        : OperatingSystem.IsMacOS() ? "libe_sqlite3.dylib"
        : "libe_sqlite3.so";

    private static string SystemName => OperatingSystem.IsWindows() ? "winsqlite3.dll"
        : OperatingSystem.IsMacOS() ? "/usr/lib/libsqlite3.dylib"
        : "libsqlite3.so.0";

    /// <param name="wish">"bundled", "system", a path, or nothing: the newer one.</param>
    /// <exception cref="SqliteException"><see cref="SqliteError.SqliteLibraryMissing"/></exception>
    public static (SqliteNative Library, string Origin) Make(string? wish)
    {
        switch (wish)
        {
            case null or "":
                break;
            case Bundled:
                return (LoadBundled() ?? throw SqliteFailures.LibraryMissing(FileName, null), Bundled);
            case System:
                return (SqliteNative.TryLoad(SystemName) ?? throw SqliteFailures.LibraryMissing(SystemName, null), System);
            default:
                return (
                    (Path.IsPathFullyQualified(wish) ? SqliteNative.TryLoad(wish) : null)
                        ?? throw SqliteFailures.LibraryMissing(wish, null),
                    Chosen);
        }

        SqliteNative? bundled = LoadBundled();
        SqliteNative? system = SqliteNative.TryLoad(SystemName);
        if (bundled is null && system is null)
            throw SqliteFailures.LibraryMissing(FileName, null);
        bool isSystemNewer = system is not null && (bundled is null || system.VersionNumber > bundled.VersionNumber);
        // The other one has opened no file, so it can go without harm to anybody's locks.
        (isSystemNewer ? bundled : system)?.Unload();
        return isSystemNewer ? (system!, System) : (bundled!, Bundled);
    }

    /// <summary>By full path, as the loader's own search finds other programs' copies first.</summary>
    private static SqliteNative? LoadBundled()
    {
        foreach (string folder in Folders())
        {
            foreach (string path in new[]
            {
                Path.Combine(folder, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", FileName),
                Path.Combine(folder, "runtimes", PortableIdentifier, "native", FileName),
                Path.Combine(folder, FileName),
            })
            {
                if (File.Exists(path) && SqliteNative.TryLoad(path) is { } library)
                    return library;
            }
        }

        return null;
    }

    private static IEnumerable<string> Folders()
    {
        if (Path.GetDirectoryName(AssemblyFile) is { Length: > 0 } folder)
            yield return folder;
        yield return AppContext.BaseDirectory;
    }

    private static string AssemblyFile
    {
        [UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "Empty in a program of one file: its libraries lie beside it.")]
        get => typeof(SqliteLibraryChoice).Assembly.Location;
    }

    private static string PortableIdentifier
    {
        get
        {
            string system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
            if (system == "linux" && RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal))
                system = "linux-musl";
            return $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        }
    }
}
