using System;
using System.Diagnostics;
using System.IO;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Sqlite;

/// <summary>Tells which library of SQLite is used, and whether there is one.</summary>
public static class SqliteSelfTest
{
    /// <summary>Loads the library.</summary>
    public static SelfTestResult Run()
    {
        string name = Message.Of(Key.DoctorSqliteCanBeLoaded);
        try
        {
            SqliteLibrary library = SqliteLibrary.Current;
            return new SelfTestResult(name, true, $"{library.Version}, {library.Origin}, {PlaceOf(library)}")
            {
                Warning = HasWalResetBug(library.VersionNumber) ? Message.Of(Key.DoctorSqliteHasWalResetBug, library.Version) : null,
            };
        }
        catch (SqliteException e)
        {
            return new SelfTestResult(name, false, e.Message);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException or TypeInitializationException)
        {
            return new SelfTestResult(name, false, e.Message);
        }
    }

    /// <summary>
    /// A checkpoint and a writer that restarts the log at the same moment can destroy the database
    /// (https://sqlite.org/wal.html#walresetbug). The gate keeps them apart, but only those who queue there.
    /// </summary>
    internal static bool HasWalResetBug(int version) => version switch
    {
        // Since there are logs; mended in 3.51.3, and before that in two patched branches.
        < 3007000 or >= 3051003 => false,
        >= 3044006 and < 3045000 or >= 3050007 and < 3051000 => false,
        _ => true,
    };

    /// <summary>Its full path. The system's is loaded by its name; which file that was is told by the process' own list.</summary>
    private static string PlaceOf(SqliteLibrary library)
    {
        if (Path.IsPathRooted(library.Path))
            return library.Path;
        using Process self = Process.GetCurrentProcess();
        foreach (ProcessModule module in self.Modules)
        {
            // "libsqlite3.so.0" is a link to "libsqlite3.so.0.8.6", and the list has the file.
            if (Path.GetFileName(module.FileName)?.StartsWith(library.Path, StringComparison.OrdinalIgnoreCase) == true)
                return module.FileName!;
        }

        return library.Path;
    }
}
