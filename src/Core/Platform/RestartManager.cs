using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace ProcessDedup.Platform;

/// <summary>
/// The processes that have a file open, as Windows' installers ask for them: Restart Manager,
/// https://learn.microsoft.com/windows/win32/api/restartmanager/. It names those of the user's own session, and of all with rights.
/// </summary>
internal static unsafe class RestartManager
{
    private const string Library = "rstrtmgr.dll";
    private const int SessionKeyLength = 32;
    private const int MostAsked = 64;

    /// <summary>Empty elsewhere than on Windows, and where it cannot be told.</summary>
    public static IReadOnlyList<ProcessIdentity> Users(string file)
    {
        if (!OperatingSystemKind.IsWindows)
            return [];
        try
        {
            char* key = stackalloc char[SessionKeyLength + 1];
            if (RmStartSession(out uint session, 0, key) != 0)
                return [];
            try
            {
                return RmRegisterResources(session, 1, [file], 0, 0, 0, 0) == 0 ? Listed(session) : [];
            }
            finally
            {
                _ = RmEndSession(session);
            }
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return [];
        }
    }

    private static List<ProcessIdentity> Listed(uint session)
    {
        var users = new List<ProcessIdentity>();
        Span<ProcessInfo> found = new ProcessInfo[MostAsked];
        uint count = MostAsked;
        fixed (ProcessInfo* first = found)
        {
            if (RmGetList(session, out _, ref count, first, out _) != 0)
                return users;
        }

        for (int i = 0; i < count; i++)
        {
            if (ProcessIdentity.TryGet((int)found[i].ProcessId, out ProcessIdentity user))
                users.Add(user);
        }

        return users;
    }

    [DllImport(Library)]
    private static extern int RmStartSession(out uint session, uint flags, char* key);

    [DllImport(Library, CharSet = CharSet.Unicode)]
    private static extern int RmRegisterResources(
        uint session, uint files, string[] names, uint processes, nint unique, uint services, nint serviceNames);

    [DllImport(Library)]
    private static extern int RmGetList(uint session, out uint needed, ref uint count, ProcessInfo* found, out uint reasons);

    [DllImport(Library)]
    private static extern int RmEndSession(uint session);

    /// <summary>RM_PROCESS_INFO: 668 bytes.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4, CharSet = CharSet.Unicode)]
    private struct ProcessInfo
    {
        public uint ProcessId;
        public uint StartLow;
        public uint StartHigh;
        public fixed char Application[256];
        public fixed char Service[64];
        public int Type;
        public uint Status;
        public uint Session;
        public int IsRestartable;
    }
}
