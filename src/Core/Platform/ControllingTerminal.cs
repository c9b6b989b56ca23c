using System.Text;

namespace ProcessDedup.Platform;

/// <summary>The terminal whose Ctrl+C this process gets, wherever its standard streams lead.</summary>
internal static unsafe class ControllingTerminal
{
    /// <summary>Does this process belong to the group that the terminal sends its signals to?</summary>
    public static bool IsForeground()
    {
        int terminal;
        fixed (byte* name = Encoding.ASCII.GetBytes("/dev/tty\0"))
            terminal = Libc.Open(name, Libc.OpenReadOnly | Libc.OpenCloseOnExec | Libc.OpenNonBlocking);
        if (terminal < 0)
            return false;
        bool isForeground = Libc.TerminalForegroundGroup(terminal) == Libc.ProcessGroup();
        _ = Libc.Close(terminal);
        return isForeground;
    }
}
