using ProcessDedup.Sqlite;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>The native library that Core uses in this process.</summary>
internal static class LoadedSqlite
{
    public static nint Handle
    {
        get
        {
            _ = SqliteLibrary.Current;
            return SqliteLibrary.Handle;
        }
    }
}
