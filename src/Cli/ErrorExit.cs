using System;
using System.ComponentModel;
using System.IO;
using System.Text;
using Microsoft.Win32.SafeHandles;
using ProcessDedup.Messages;

namespace ProcessDedup.Cli;

/// <summary>What an error becomes at the end of the program: one line on standard error and an exit code.</summary>
internal static class ErrorExit
{
    /// <summary>The exit code of the work, or of the error that ended it.</summary>
    public static int Of(Func<int> work)
    {
        try
        {
            return work();
        }
        catch (DedupException e)
        {
            Say("procdedup: " + e.Message);
            return ExitCode.Of(e);
        }
        catch (Exception e) when (IsShortOfThreads(e))
        {
            Say(Message.Of(Key.NoticeShortOfThreads));
            return ExitCode.SystemError;
        }
        catch (IOException e)
        {
            // Standard output is full or closed; files of ours have errors of their own.
            Say("procdedup: " + e.Message);
            return ExitCode.IoError;
        }
#pragma warning disable CA1031 // A stack trace helps nobody in the log of a job.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            Say(Message.Of(Key.NoticeUnexpected, e.GetType().Name, e.Message));
            return ExitCode.Software;
        }
    }

    // .NET says "out of memory" where it gets no thread, fails to initialize what needs one (signals, the console), or passes EAGAIN on.
    private static bool IsShortOfThreads(Exception error) =>
        error is OutOfMemoryException or Win32Exception { NativeErrorCode: TryAgain }
        || (error is TypeInitializationException { InnerException: { } inner } && (inner.HResult == TryAgain || IsShortOfThreads(inner)));

    private const int TryAgain = 11;
    private const int StandardError = 2;

    private static void Say(string line)
    {
        try
        {
            Console.Error.WriteLine(line);
        }
        catch (Exception e) when (e is Win32Exception or IOException or OutOfMemoryException)
        {
            // The console starts a thread for signals, which may be what there is none for.
            if (OperatingSystem.IsWindows())
                return;
            using var file = new SafeFileHandle((IntPtr)StandardError, ownsHandle: false);
            using var stream = new FileStream(file, FileAccess.Write, bufferSize: 0);
            stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
        }
    }
}
