using System;
using System.Collections.Generic;
using SQLitePCL;

namespace ProcessDedup.Sqlite;

/// <summary>
/// The native library of SQLite that this process uses. It is chosen once, at the first use of a database, and never
/// changed: two copies of SQLite that have the same file open drop each other's locks
/// (https://sqlite.org/howtocorrupt.html, 2.2.1).
/// </summary>
public sealed class SqliteLibrary
{
    /// <summary>
    /// The variable that chooses: "bundled", "system", or the full path of a library. Without it the newer of the two
    /// is taken.
    /// </summary>
    public const string Variable = "PROCESSDEDUP_SQLITE";

    private static readonly Lazy<SqliteLibrary> Chosen = new(Load);

    private SqliteLibrary(string path, string origin)
    {
        Path = path;
        Origin = origin;
        Version = raw.sqlite3_libversion().utf8_to_string();
        VersionNumber = raw.sqlite3_libversion_number();
        var options = new List<string>();
        for (int i = 0; raw.sqlite3_compileoption_get(i).utf8_to_string() is { Length: > 0 } option; i++)
            options.Add(option);
        CompileOptions = options;
    }

    /// <summary>The library in use; loads it if this is the first use.</summary>
    /// <exception cref="SqliteException"><see cref="SqliteError.SqliteLibraryMissing"/></exception>
    public static SqliteLibrary Current => Chosen.Value;

    /// <summary>Has it been loaded? Nothing but a use of a database does that.</summary>
    public static bool IsLoaded => Chosen.IsValueCreated;

    /// <summary>Where it was found; only a name where the system's loader has the last word.</summary>
    public string Path { get; }

    /// <summary>"bundled", "system", or "chosen" by the variable.</summary>
    public string Origin { get; }

    /// <summary>"3.40.1".</summary>
    public string Version { get; }

    /// <summary>3040001.</summary>
    public int VersionNumber { get; }

    /// <summary>What it was built with: "THREADSAFE=1", "ENABLE_FTS5".</summary>
    public IReadOnlyList<string> CompileOptions { get; }

    internal static nint Handle { get; private set; }

    private static SqliteLibrary Load()
    {
        (SqliteNative native, string origin) = SqliteLibraryChoice.Make(Environment.GetEnvironmentVariable(Variable));
        Handle = native.Handle;
        try
        {
            System.Runtime.InteropServices.NativeLibrary.SetDllImportResolver(
                typeof(SQLite3Provider_e_sqlite3).Assembly,
                (name, _, _) => name == "e_sqlite3" ? native.Handle : 0);
        }
        catch (InvalidOperationException)
        {
            // The program around us has a resolver of its own for this assembly: then that one decides for all.
            origin = "host";
        }

        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        if (origin == "bundled" && !OperatingSystem.IsWindows())
            native.SleepPrecisely();
        return new SqliteLibrary(native.Path, origin);
    }
}
