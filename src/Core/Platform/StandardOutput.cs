namespace ProcessDedup.Platform;

/// <summary>Whoever reads what this process writes to its standard output.</summary>
internal static unsafe class StandardOutput
{
    private const int Descriptor = 1;

    // poll.h: the same everywhere. Linux says "error" of a pipe without reader, macOS "hung up", as both do of a lost terminal.
    private const short Error = 0x8, HungUp = 0x10;

    /// <summary>
    /// Has it gone? .NET takes it for no error to write to a pipe that nobody reads, and SIGPIPE does not end the process either.
    /// Always false on Windows, where a pipe tells it only to those who write.
    /// </summary>
    public static bool IsAbandoned
    {
        get
        {
            if (OperatingSystemKind.IsWindows)
                return false;
            var asked = new PollDescriptor { Descriptor = Descriptor };
            return Libc.Poll(&asked, 1, 0) == 1 && (asked.Found & (Error | HungUp)) != 0;
        }
    }
}
