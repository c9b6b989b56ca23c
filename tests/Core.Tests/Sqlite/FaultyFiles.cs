using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>A call of SQLite into its file layer.</summary>
public enum FileCall
{
    Open, Delete, Read, Write, Truncate, Sync, FileSize, Lock, Unlock, CheckReservedLock, SharedMap, SharedLock,
}

/// <summary>
/// Faults on demand: stands between SQLite and its file layer in this process, in the tables of functions that sqlite3.h
/// documents (sqlite3_vfs, sqlite3_io_methods). Passes everything through until it is told to fail.
/// </summary>
internal static unsafe class FaultyFiles
{
    private const int OpenOfLayer = 40, DeleteOfLayer = 48;
    private const int MethodsSize = 152;
    private const int MainDatabase = 0x100, MainJournal = 0x800, Log = 0x80000;

    private static readonly Dictionary<(nint Methods, int Kind), nint> Tables = [];
    private static readonly object Sync = new();
    private static nint _realOpen, _realDelete;
    private static Plan? _plan;

    /// <summary>Which calls fail, and how.</summary>
    internal sealed record Plan
    {
        /// <summary>What fails; nothing said: every call, each with the code that SQLite itself gives it.</summary>
        public FileCall[] Calls { get; init; } = Enum.GetValues<FileCall>();

        /// <summary>"db", "journal", "wal" or any.</summary>
        public string? File { get; init; }

        public int? Code { get; init; }

        /// <summary>How many such calls succeed first.</summary>
        public int Skip { get; set; }

        public int Times { get; set; } = 1;

        /// <summary>The call does its work and fails nevertheless.</summary>
        public bool IsDone { get; init; }

        public int Hits { get; set; }

        public int Seen { get; set; }

        public List<string> Struck { get; } = [];
    }

    /// <summary>Fails as planned until it is disposed.</summary>
    public static IDisposable Arm(Plan plan)
    {
        Install();
        lock (Sync)
            _plan = plan;
        return new Armed();
    }

    /// <summary>No faults any more, whoever planned some.</summary>
    public static void Disarm()
    {
        lock (Sync)
            _plan = null;
    }

    private sealed class Armed : IDisposable
    {
        public void Dispose() => Disarm();
    }

    public static void Install()
    {
        lock (Sync)
        {
            if (_realOpen != 0)
                return;
            var find = (delegate* unmanaged[Cdecl]<byte*, byte*>)NativeLibrary.GetExport(LoadedSqlite.Handle, "sqlite3_vfs_find");
            byte* layer = find(null);
            _realOpen = *(nint*)(layer + OpenOfLayer);
            _realDelete = *(nint*)(layer + DeleteOfLayer);
            *(nint*)(layer + OpenOfLayer) = (nint)(delegate* unmanaged[Cdecl]<byte*, byte*, nint*, int, int*, int>)&Open;
            *(nint*)(layer + DeleteOfLayer) = (nint)(delegate* unmanaged[Cdecl]<byte*, byte*, int, int>)&Delete;
        }
    }

    /// <summary>The codes that the unix file layer gives for a failed call.</summary>
    private static int NaturalCode(FileCall call, int argument) => call switch
    {
        FileCall.Open => 14,
        FileCall.Delete => 2570,
        FileCall.Read => 266,
        FileCall.Write => 778,
        FileCall.Truncate => 1546,
        FileCall.Sync => 1034,
        FileCall.FileSize => 1802,
        FileCall.Lock => argument <= 1 ? 2314 : 3850,
        FileCall.Unlock => 2058,
        FileCall.CheckReservedLock => 3594,
        FileCall.SharedMap => 5386,
        _ => 5130,
    };

    /// <summary>The code to fail with, and whether to do the work first; null: no fault now.</summary>
    private static (int Code, bool IsDone)? Strike(FileCall call, string file, int argument = 0)
    {
        lock (Sync)
        {
            if (_plan is not { } plan || !plan.Calls.Contains(call) || plan.File is { } wanted && wanted != file)
                return null;
            plan.Seen++;
            if (plan.Skip-- > 0 || plan.Times-- <= 0)
                return null;
            plan.Hits++;
            int code = plan.Code ?? NaturalCode(call, argument);
            plan.Struck.Add($"{call} {file} {code}");
            return (code, plan.IsDone);
        }
    }

    private static string KindOf(int flags) => (flags & MainDatabase) != 0 ? "db"
        : (flags & MainJournal) != 0 ? "journal"
        : (flags & Log) != 0 ? "wal"
        : "other";

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Open(byte* layer, byte* name, nint* file, int flags, int* given)
    {
        if (Strike(FileCall.Open, KindOf(flags)) is { } fault)
        {
            *file = 0;
            return fault.Code;
        }

        int code = ((delegate* unmanaged[Cdecl]<byte*, byte*, nint*, int, int*, int>)_realOpen)(layer, name, file, flags, given);
        if (code == 0 && *file != 0 && (flags & (MainDatabase | MainJournal | Log)) != 0)
            *file = TableFor(*file, flags & (MainDatabase | MainJournal | Log));
        return code;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Delete(byte* layer, byte* name, int syncDirectory)
    {
        var real = (delegate* unmanaged[Cdecl]<byte*, byte*, int, int>)_realDelete;
        string file = Marshal.PtrToStringUTF8((nint)name)!.EndsWith("-journal", StringComparison.Ordinal) ? "journal" : "wal";
        return Strike(FileCall.Delete, file) is { } fault
            ? fault.IsDone ? After(real(layer, name, syncDirectory), fault.Code) : fault.Code
            : real(layer, name, syncDirectory);
    }

    private static int After(int done, int code) => code + (done & 0);

    /// <summary>A copy of a file's table with our functions in it, and behind them the real table and the kind of file.</summary>
    private static nint TableFor(nint methods, int kind)
    {
        lock (Sync)
        {
            if (Tables.TryGetValue((methods, kind), out nint known))
                return known;
            var table = (nint*)NativeMemory.AllocZeroed(MethodsSize + 16);
            Buffer.MemoryCopy((void*)methods, table, MethodsSize, MethodsSize);
            int version = *(int*)methods;
            table[2] = (nint)(delegate* unmanaged[Cdecl]<nint*, void*, int, long, int>)&Read;
            table[3] = (nint)(delegate* unmanaged[Cdecl]<nint*, void*, int, long, int>)&Write;
            table[4] = (nint)(delegate* unmanaged[Cdecl]<nint*, long, int>)&Truncate;
            table[5] = (nint)(delegate* unmanaged[Cdecl]<nint*, int, int>)&SyncFile;
            table[6] = (nint)(delegate* unmanaged[Cdecl]<nint*, long*, int>)&FileSize;
            table[7] = (nint)(delegate* unmanaged[Cdecl]<nint*, int, int>)&Lock;
            table[8] = (nint)(delegate* unmanaged[Cdecl]<nint*, int, int>)&Unlock;
            table[9] = (nint)(delegate* unmanaged[Cdecl]<nint*, int*, int>)&CheckReservedLock;
            if (version >= 2 && table[13] != 0)
            {
                table[13] = (nint)(delegate* unmanaged[Cdecl]<nint*, int, int, int, void**, int>)&SharedMap;
                table[14] = (nint)(delegate* unmanaged[Cdecl]<nint*, int, int, int, int>)&SharedLock;
            }

            table[MethodsSize / 8] = methods;
            table[(MethodsSize / 8) + 1] = kind;
            Tables.Add((methods, kind), (nint)table);
            return (nint)table;
        }
    }

    private static nint Real(nint* file, int index) => ((nint*)((nint*)*file)[MethodsSize / 8])[index];

    private static string Kind(nint* file) => KindOf((int)((nint*)*file)[(MethodsSize / 8) + 1]);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(nint* file, void* data, int length, long offset)
    {
        var real = (delegate* unmanaged[Cdecl]<nint*, void*, int, long, int>)Real(file, 2);
        return Strike(FileCall.Read, Kind(file)) is { } fault ? fault.Code : real(file, data, length, offset);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(nint* file, void* data, int length, long offset)
    {
        var real = (delegate* unmanaged[Cdecl]<nint*, void*, int, long, int>)Real(file, 3);
        return Strike(FileCall.Write, Kind(file)) is { } fault
            ? fault.IsDone ? After(real(file, data, length, offset), fault.Code) : fault.Code
            : real(file, data, length, offset);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Truncate(nint* file, long length)
    {
        var real = (delegate* unmanaged[Cdecl]<nint*, long, int>)Real(file, 4);
        return Strike(FileCall.Truncate, Kind(file)) is { } fault
            ? fault.IsDone ? After(real(file, length), fault.Code) : fault.Code
            : real(file, length);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int SyncFile(nint* file, int flags)
    {
        var real = (delegate* unmanaged[Cdecl]<nint*, int, int>)Real(file, 5);
        return Strike(FileCall.Sync, Kind(file)) is { } fault
            ? fault.IsDone ? After(real(file, flags), fault.Code) : fault.Code
            : real(file, flags);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FileSize(nint* file, long* size)
    {
        var real = (delegate* unmanaged[Cdecl]<nint*, long*, int>)Real(file, 6);
        return Strike(FileCall.FileSize, Kind(file)) is { } fault ? fault.Code : real(file, size);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Lock(nint* file, int level)
    {
        var real = (delegate* unmanaged[Cdecl]<nint*, int, int>)Real(file, 7);
        return Strike(FileCall.Lock, Kind(file), level) is { } fault ? fault.Code : real(file, level);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Unlock(nint* file, int level)
    {
        var real = (delegate* unmanaged[Cdecl]<nint*, int, int>)Real(file, 8);
        return Strike(FileCall.Unlock, Kind(file), level) is { } fault
            ? fault.IsDone ? After(real(file, level), fault.Code) : fault.Code
            : real(file, level);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int CheckReservedLock(nint* file, int* result)
    {
        var real = (delegate* unmanaged[Cdecl]<nint*, int*, int>)Real(file, 9);
        return Strike(FileCall.CheckReservedLock, Kind(file)) is { } fault ? fault.Code : real(file, result);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int SharedMap(nint* file, int region, int size, int extend, void** memory)
    {
        var real = (delegate* unmanaged[Cdecl]<nint*, int, int, int, void**, int>)Real(file, 13);
        return Strike(FileCall.SharedMap, Kind(file)) is { } fault ? fault.Code : real(file, region, size, extend, memory);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int SharedLock(nint* file, int offset, int count, int flags)
    {
        var real = (delegate* unmanaged[Cdecl]<nint*, int, int, int, int>)Real(file, 14);
        return Strike(FileCall.SharedLock, Kind(file)) is { } fault ? fault.Code : real(file, offset, count, flags);
    }
}
