using System;
using System.IO;

namespace ProcessDedup.Platform;

/// <summary>What the class library's exceptions about files mean in the terms of <see cref="PlatformFault"/>.</summary>
internal static class ManagedFailures
{
    public static bool IsAboutFiles(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>The other way round, for callers that expect the class library's exceptions.</summary>
    public static Exception FromPlatform(PlatformException e) => e.Fault switch
    {
        PlatformFault.Missing => new FileNotFoundException(e.Message, e.Path, e),
        PlatformFault.ParentMissing => new DirectoryNotFoundException(e.Message, e),
        PlatformFault.NameTooLong => new PathTooLongException(e.Message, e),
        PlatformFault.AccessDenied or PlatformFault.IsDirectory => new UnauthorizedAccessException(e.Message, e),
        _ => new IOException(e.Message, e),
    };

    public static PlatformException Translate(string call, string path, Exception e)
    {
        switch (e)
        {
            case { InnerException: PlatformException known }:
                return known;
            case FileNotFoundException or DirectoryNotFoundException:
                return new PlatformException(PlatformFault.Missing, call, path, Errno.NoEntry);
            case PathTooLongException:
                return new PlatformException(PlatformFault.NameTooLong, call, path, Errno.NameTooLong);
            case UnauthorizedAccessException when !OperatingSystemKind.IsWindows && Directory.Exists(path):
                return new PlatformException(PlatformFault.IsDirectory, call, path, Errno.IsDirectory);
            case UnauthorizedAccessException:
                return new PlatformException(PlatformFault.AccessDenied, call, path, Errno.AccessDenied);
        }

        // The runtime puts errno there on Unix, and HRESULT_FROM_WIN32 on Windows.
        int code = e.HResult;
        if (OperatingSystemKind.IsWindows && (code & 0xffff0000) == unchecked((int)0x80070000))
            return WindowsFileFacts.Failure(call, path, code & 0xffff);
        return !OperatingSystemKind.IsWindows && code is > 0 and < 4096
            ? PlatformException.FromErrno(call, path, code)
            : new PlatformException(PlatformFault.Other, call, path, code, e.Message);
    }
}
