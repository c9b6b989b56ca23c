using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ProcessDedup.Platform;

/// <summary>
/// A file to whose end several processes write lines at the same time. Each line is one system call, which appends it
/// whole (open(2), O_APPEND; FILE_APPEND_DATA on Windows). .NET's own append mode only seeks to the end once.
/// </summary>
internal sealed unsafe class AppendOnlyFile : IDisposable
{
    private const uint AppendData = 4;

    private readonly object _sync = new();
    private readonly FileStream? _stream;
    private int _descriptor = -1;

    /// <summary>Opens the file, or makes it with mode 0600. A link is not followed.</summary>
    /// <exception cref="PlatformException">It cannot be opened.</exception>
    public AppendOnlyFile(string path)
    {
        FilePath = path;
        if (OperatingSystemKind.IsWindows)
        {
            SafeFileHandle handle = Kernel32.CreateFile(path, AppendData, Kernel32.ShareAll, 0, Kernel32.OpenAlways, 0, 0);
            if (handle.IsInvalid)
                throw WindowsFileFacts.Failure("CreateFile", path, Marshal.GetLastWin32Error());
            _stream = new FileStream(handle, FileAccess.Write, 1);
            return;
        }

        fixed (byte* name = new NativePath(path).Bytes)
        {
            _descriptor = Libc.OpenNew(
                name,
                Libc.OpenWriteOnly | Libc.OpenAppend | Libc.OpenCreate | Libc.OpenCloseOnExec | Libc.OpenNoFollow,
                FileSystem.PrivateFile);
        }

        if (_descriptor < 0)
            throw PlatformException.FromErrno("open", path, Marshal.GetLastWin32Error());
    }

    public string FilePath { get; }

    /// <summary>Appends a line; false if that was not possible (no space).</summary>
    public bool TryAppend(string line) => TryAppend(Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>Appends bytes in one piece; false if that was not possible.</summary>
    public bool TryAppend(byte[] line)
    {
        lock (_sync)
        {
            if (_stream is not null)
                return TryAppendOnWindows(line);
            if (_descriptor < 0)
                return false;
            fixed (byte* data = line)
                return Libc.Write(_descriptor, data, line.Length) == line.Length;
        }
    }

    private bool TryAppendOnWindows(byte[] line)
    {
        try
        {
            _stream!.Write(line, 0, line.Length);
            _stream.Flush();
            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        lock (_sync)
        {
            _stream?.Dispose();
            if (_descriptor >= 0)
                _ = Libc.Close(_descriptor);
            _descriptor = -1;
        }
    }
}
