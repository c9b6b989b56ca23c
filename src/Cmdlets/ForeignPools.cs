using System;
using System.Management.Automation;
using System.Reflection;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// Other libraries of SQLite, seen from outside: properties of their errors, and the connections that they keep open. A
/// closed connection goes back into a pool there with the same handle, which is just what a fault of the locks must not
/// meet again.
/// </summary>
internal static class ForeignPools
{
    private static readonly string[] ConnectionTypes =
        ["Microsoft.Data.Sqlite.SqliteConnection", "System.Data.SQLite.SQLiteConnection"];

    public static object? Property(Exception error, string name)
    {
        try
        {
            return PSObject.AsPSObject(error).Properties[name]?.Value;
        }
        catch (RuntimeException)
        {
            // A property that throws tells nothing.
            return null;
        }
    }

    /// <summary>Closes what the library that an error came from keeps open, and what the block forgot to close.</summary>
    public static void Clear(Exception error)
    {
        for (Exception? e = error; e is not null; e = e.InnerException)
        {
            foreach (string type in ConnectionTypes)
                Clear(e.GetType().Assembly.GetType(type, throwOnError: false));
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private static void Clear(Type? connection)
    {
        try
        {
            connection?.GetMethod("ClearAllPools", BindingFlags.Public | BindingFlags.Static, null, [], null)?.Invoke(null, null);
        }
        catch (TargetInvocationException)
        {
            // The next try tells what is wrong.
        }
    }
}
