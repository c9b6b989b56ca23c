using System;
using System.Runtime.InteropServices;

namespace ProcessDedup.Platform;

/// <summary>What a system call refused to do, in the terms the layers above decide on.</summary>
internal enum PlatformFault
{
    Other,
    Missing,
    ParentMissing,
    AccessDenied,
    IsDirectory,
    IsLink,
    NotRegular,
    HardLinked,
    ForeignOwner,
    NoSpace,
    ReadOnly,
    TooManyFiles,
    NameTooLong,
    LocksUnsupported,
}

/// <summary>A system call failed; carries the call's name, the path and the system's own code.</summary>
internal sealed class PlatformException(PlatformFault fault, string call, string path, int code, string? detail = null)
    : Exception($"{call} {path}: {detail ?? TextOf(code)} ({code})")
{
    public PlatformFault Fault { get; } = fault;

    public string Path { get; } = path;

    /// <summary>The plain cause, without call and path: "Permission denied (13)".</summary>
    public string Cause { get; } = detail ?? $"{TextOf(code)} ({code})";

    /// <summary>Translates errno(3) of a failed call on <paramref name="path"/>.</summary>
    public static PlatformException FromErrno(string call, string path, int code) =>
        new(Classify(code), call, path, code);

    private static string TextOf(int code) =>
        // Win32Exception lives in an assembly of its own, which cannot be loaded when no file can be opened any more.
        Marshal.GetPInvokeErrorMessage(code);

    private static PlatformFault Classify(int code)
    {
        if (code == Errno.NoEntry)
            return PlatformFault.Missing;
        if (code == Errno.NotDirectory)
            return PlatformFault.ParentMissing;
        if (code is Errno.AccessDenied or Errno.NotPermitted)
            return PlatformFault.AccessDenied;
        if (code == Errno.IsDirectory)
            return PlatformFault.IsDirectory;
        if (code == Errno.Loop)
            return PlatformFault.IsLink;
        if (code == Errno.NoDevice)
            return PlatformFault.NotRegular;
        if (code == Errno.NoSpace || code == Errno.Quota)
            return PlatformFault.NoSpace;
        if (code == Errno.ReadOnly)
            return PlatformFault.ReadOnly;
        if (code is Errno.TooManyFiles or Errno.TooManyFilesInSystem)
            return PlatformFault.TooManyFiles;
        if (code == Errno.NameTooLong)
            return PlatformFault.NameTooLong;
        return code == Errno.NoLocks || code == Errno.NotImplemented || code == Errno.NotSupported
            ? PlatformFault.LocksUnsupported
            : PlatformFault.Other;
    }
}
