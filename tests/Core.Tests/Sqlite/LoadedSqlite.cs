using ProcessDedup.Sqlite;
#if CORE_NETSTANDARD
using System.Runtime.InteropServices;
using SQLitePCL;
#endif

namespace ProcessDedup.Tests.Sqlite;

/// <summary>The native library that Core uses in this process.</summary>
internal static class LoadedSqlite
{
    public static nint Handle
    {
        get
        {
            _ = SqliteLibrary.Current;
#if CORE_NETSTANDARD
            // That build has no handle: the provider's own import finds it, and so does this, once more the same.
            return NativeLibrary.Load("e_sqlite3", typeof(SQLite3Provider_e_sqlite3).Assembly, null);
#else
            return SqliteLibrary.Handle;
#endif
        }
    }
}
