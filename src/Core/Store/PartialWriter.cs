using System;
using System.IO;
using ProcessDedup.Fetch;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// Appends to a part. What the disk says is kept apart from what the network says: a full disk is no lost connection.
/// </summary>
internal sealed class PartialWriter : IDisposable
{
    // The disk works while the network does: else all of it is left to the fsync at the end.
    private const long SyncPeriod = 8 << 20;

    private readonly FileStream _file;
    private long _begunSync;
    private long _length;
    private readonly string _path;

    public PartialWriter(string path)
    {
        _path = path;
        _file = Guarded("open", () =>
        {
            // Without a buffer of its own: a killed process leaves all that it has counted.
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read | FileShare.Delete, 1);
            if (!OperatingSystemKind.IsWindows)
                Publishing.SetMode(path, FileSystem.PrivateFile);
            file.Seek(0, SeekOrigin.End);
            return file;
        });
        _length = _begunSync = _file.Position;
    }

    /// <exception cref="FetchException">StoreDiskFull and others.</exception>
    public void Write(byte[] buffer, int count)
    {
        try
        {
            _file.Write(buffer, 0, count);
            _length += count;
            if (_length - _begunSync >= SyncPeriod)
            {
                Publishing.BeginSync(_file.SafeFileHandle, _begunSync, _length - _begunSync);
                _begunSync = _length;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure("write", e);
        }
    }

    public void Dispose()
    {
        try
        {
            _file.Dispose();
        }
        catch (IOException e)
        {
            throw Failure("close", e);
        }
    }

    private T Guarded<T>(string call, Func<T> act)
    {
        try
        {
            return act();
        }
        catch (PlatformException e)
        {
            throw FetchFailures.FromPlatform(_path, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure(call, e);
        }
    }

    private FetchException Failure(string call, Exception e)
    {
        // The runtime puts errno (Unix) or a Win32 code (Windows) into the lower half.
        const int windowsDiskFull = 112, windowsHandleDiskFull = 39, windowsQuota = 1295;
        int code = e.HResult & 0xffff;
        bool isFull = OperatingSystemKind.IsWindows
            ? code is windowsDiskFull or windowsHandleDiskFull or windowsQuota
            : code == Errno.NoSpace || code == Errno.Quota || code == windowsDiskFull;
        PlatformFault fault = isFull ? PlatformFault.NoSpace
            : e is UnauthorizedAccessException ? PlatformFault.AccessDenied
            : code == Errno.ReadOnly && !OperatingSystemKind.IsWindows ? PlatformFault.ReadOnly
            : PlatformFault.Other;
        return FetchFailures.FromPlatform(_path, new PlatformException(fault, call, _path, code, e.Message));
    }
}
