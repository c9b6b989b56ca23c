using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace ProcessDedup.Sqlite;

/// <summary>
/// A loaded library of SQLite, asked through its own exports: before SQLitePCLRaw is bound to one of them, and for the
/// little that it does not offer.
/// </summary>
internal sealed unsafe class SqliteNative
{
    // sqlite3.h, struct sqlite3_vfs: three ints, then pointers. xSleep is the tenth of the functions.
    private const int FunctionsOffset = 40;
    private const int SleepIndex = 9;

    private readonly nint _handle;

    private SqliteNative(nint handle, string path) => (_handle, Path) = (handle, path);

    public string Path { get; }

    public int VersionNumber => ((delegate* unmanaged[Cdecl]<int>)Export("sqlite3_libversion_number"))();

    public string Version => Text(((delegate* unmanaged[Cdecl]<byte*>)Export("sqlite3_libversion"))());

    /// <summary>False if the library was built without mutexes: two threads must then not use it at once.</summary>
    public bool IsThreadSafe => ((delegate* unmanaged[Cdecl]<int>)Export("sqlite3_threadsafe"))() != 0;

    public IReadOnlyList<string> CompileOptions
    {
        get
        {
            var options = new List<string>();
            var get = (delegate* unmanaged[Cdecl]<int, byte*>)Export("sqlite3_compileoption_get");
            for (int i = 0; get(i) is var option && option is not null; i++)
                options.Add(Text(option));
            return options;
        }
    }

    public nint Handle => _handle;

    /// <summary>The library; null if it is not there or is none of SQLite.</summary>
    public static SqliteNative? TryLoad(string path)
    {
        if (!NativeLibrary.TryLoad(path, out nint handle))
            return null;
        var library = new SqliteNative(handle, path);
        if (NativeLibrary.TryGetExport(handle, "sqlite3_libversion_number", out _)
            && NativeLibrary.TryGetExport(handle, "sqlite3_open_v2", out _)
            && library.IsThreadSafe)
        {
            return library;
        }

        library.Unload();
        return null;
    }

    public void Unload() => NativeLibrary.Free(_handle);

    /// <summary>sqlite3_vfs_find(0), the file layer that every database uses unless told otherwise.</summary>
    public byte* DefaultFileLayer()
    {
        ((delegate* unmanaged[Cdecl]<int>)Export("sqlite3_initialize"))();
        return ((delegate* unmanaged[Cdecl]<byte*, byte*>)Export("sqlite3_vfs_find"))(null);
    }

    /// <summary>
    /// Makes the library sleep as long as it means to. Built without usleep, as the bundled one is, it turns the
    /// microsecond between two looks at a log into a second.
    /// </summary>
    public void SleepPrecisely()
    {
        byte* layer = DefaultFileLayer();
        if (layer is null)
            return;
        var functions = (nint*)(layer + FunctionsOffset);
        functions[SleepIndex] = (nint)(delegate* unmanaged[Cdecl]<byte*, int, int>)&Sleep;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sleep(byte* layer, int microseconds)
    {
        Thread.Sleep(Math.Max(1, microseconds / 1000));
        return microseconds;
    }

    private nint Export(string name) => NativeLibrary.GetExport(_handle, name);

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? string.Empty;
}
