using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>Lets the very system call fail that SQLite locks with: fcntl(2), in the table of system calls that its unix file layer offers.</summary>
internal static unsafe class FaultyLocks
{
    private const int SetSystemCall = 144, GetSystemCall = 152;
    private const int SetLock = 6; // F_SETLK of Linux
    private const int Unlock = 2;  // F_UNLCK of Linux

    public const int IoError = 5, NoAccess = 13, NoLocks = 37;

    private const int AnyLock = -1;

    private static nint _real;
    private static int _skip, _times, _error;
    private static long _unlockAt;

    public static int Hits { get; private set; }

    /// <summary>After <paramref name="skip"/> locks, as many fail with this errno(3). Locks are given back nevertheless.</summary>
    public static void Arm(int error, int skip, int times) => Arm(error, skip, times, AnyLock);

    /// <summary>As many unlocks of the lock at this byte fail, as they do where the system has no memory for its table.</summary>
    public static void ArmUnlock(int error, long at, int skip, int times) => Arm(error, skip, times, at);

    private static void Arm(int error, int skip, int times, long unlockAt)
    {
        byte* layer = Layer();
        fixed (byte* name = "fcntl\0"u8)
        {
            if (_real == 0)
                _real = ((delegate* unmanaged[Cdecl]<byte*, byte*, nint>)(*(nint*)(layer + GetSystemCall)))(layer, name);
            (_error, _skip, _times, _unlockAt, Hits) = (error, skip, times, unlockAt, 0);
            Set(layer, name, (nint)(delegate* unmanaged[Cdecl]<int, int, short*, int>)&Control);
        }
    }

    public static void Disarm()
    {
        if (_real == 0)
            return;
        fixed (byte* name = "fcntl\0"u8)
            Set(Layer(), name, _real);
    }

    private static void Set(byte* layer, byte* name, nint function) =>
        ((delegate* unmanaged[Cdecl]<byte*, byte*, nint, int>)(*(nint*)(layer + SetSystemCall)))(layer, name, function);

    private static byte* Layer()
    {
        return ((delegate* unmanaged[Cdecl]<byte*, byte*>)NativeLibrary.GetExport(LoadedSqlite.Handle, "sqlite3_vfs_find"))(null);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Control(int descriptor, int command, short* argument)
    {
        // struct flock: l_type, l_whence, and l_start eight bytes on.
        bool isMeant = _unlockAt == AnyLock ? *argument != Unlock : *argument == Unlock && ((long*)argument)[1] == _unlockAt;
        if (command == SetLock && isMeant && _skip-- <= 0 && _times-- > 0)
        {
            Hits++;
            Marshal.SetLastSystemError(_error);
            return -1;
        }

        return ((delegate* unmanaged[Cdecl]<int, int, short*, int>)_real)(descriptor, command, argument);
    }
}
