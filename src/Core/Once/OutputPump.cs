using System;
using System.Diagnostics;
using System.IO;
using System.IO.Pipes;
using System.Threading;
using ProcessDedup.Platform;

namespace ProcessDedup.Once;

/// <summary>Copies one stream of a command to where it is kept and to whom it is passed on, on a thread of its own.</summary>
/// <remarks>
/// The end of the command is the end of its output. A process that it left in the background may hold the pipe open for ever:
/// it is neither waited for, nor ended by SIGPIPE when this process goes, as something reads on in its place.
/// </remarks>
internal sealed unsafe class OutputPump : IDisposable
{
    // Windows, where a pipe cannot be asked together with something else.
    private static readonly TimeSpan PatienceForTheRest = TimeSpan.FromSeconds(2);

    // The most that a pipe holds (fs.pipe-max-size): what was written before the end is within.
    private const int MostInPipe = 1024 * 1024;

    // /dev/fd opens the very pipe again; what reads there goes when the last writer does.
    private const string Drain = "trap '' INT HUP; exec cat \"/dev/fd/$1\" < /dev/null > /dev/null 2>&1";

    private readonly Stream _from;
    private readonly FileStream _kept;
    private readonly Stream _passed;
    private readonly Action? _printed;
    private readonly Thread _thread;
    private readonly AnonymousPipeServerStream? _end;
    private Exception? _failure;
    private volatile bool _isGivenUp;
    private bool _isAtEnd;

    /// <param name="from">The command's end of it.</param>
    /// <param name="kept">Where it is kept.</param>
    /// <param name="passed">Where it is passed on, as long as somebody reads there.</param>
    /// <param name="printed">Is told when something came; on the pump's thread.</param>
    public OutputPump(Stream from, FileStream kept, Stream passed, Action? printed)
    {
        (_from, _kept, _passed, _printed) = (from, kept, passed, printed);
        if (!OperatingSystemKind.IsWindows && from is PipeStream)
            _end = new AnonymousPipeServerStream(PipeDirection.Out);
        _thread = new Thread(Run) { IsBackground = true, Name = "command output" };
        _thread.Start();
    }

    private void Run()
    {
        byte[] buffer = new byte[64 * 1024];
        bool isPassed = true;
        int rest = MostInPipe;
        try
        {
            while (!_isGivenUp && rest > 0 && HasMore(out bool isOver))
            {
                int count = _from.Read(buffer, 0, buffer.Length);
                if (count <= 0)
                {
                    _isAtEnd = true;
                    break;
                }

                if (isOver)
                    rest -= count;
                Keep(buffer, count);
                _printed?.Invoke();
                isPassed = isPassed && TryPass(_passed, buffer, count);
            }
        }
#pragma warning disable CA1031 // On a thread of its own anything that escapes ends the process.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _failure ??= e;
        }
    }

    /// <summary>Waits for input or its end; false if the command has ended and the pipe is empty.</summary>
    private bool HasMore(out bool isOver)
    {
        isOver = false;
        if (_end is null || _from is not PipeStream pipe)
            return true;
        PollDescriptor* ends = stackalloc PollDescriptor[2];
        ends[0] = new PollDescriptor { Descriptor = (int)pipe.SafePipeHandle.DangerousGetHandle(), Wanted = Libc.PollIn };
        ends[1] = new PollDescriptor { Descriptor = (int)_end.ClientSafePipeHandle.DangerousGetHandle(), Wanted = Libc.PollIn };
        while (Libc.Poll(ends, 2, -1) <= 0)
        {
            // Interrupted.
        }

        isOver = ends[1].Found != 0;
        return ends[0].Found != 0;
    }

    // A command that is not read any more would wait for ever: a full disk does not end the reading.
    private void Keep(byte[] buffer, int count)
    {
        try
        {
            if (_failure is null)
                _kept.Write(buffer, 0, count);
        }
        catch (IOException e)
        {
            _failure = e;
        }
    }

    /// <summary>The command has ended: returns when all that it printed is kept.</summary>
    /// <exception cref="IOException">What was to be kept is not whole.</exception>
    public void Finish()
    {
        Stop();
        if (_end is not null && !_isAtEnd)
            ReadOnForOthers();
        if (!_isGivenUp && _failure is not null)
            throw new IOException(_failure.Message, _failure);
    }

    private void Stop()
    {
        if (!_thread.IsAlive)
            return;
        _end?.WriteByte(0);
        if (_end is not null)
            _thread.Join();
        else if (!_thread.Join(PatienceForTheRest))
            _isGivenUp = true;
    }

    /// <summary>Without <see cref="Finish"/>, which comes before: nobody reads on.</summary>
    public void Dispose()
    {
        Stop();
        _end?.Dispose();
    }

    private void ReadOnForOthers()
    {
        int copy = Libc.Duplicate((int)((PipeStream)_from).SafePipeHandle.DangerousGetHandle());
        if (copy < 0)
            return;
        try
        {
            var start = new ProcessStartInfo("/bin/sh", ["-c", Drain, "sh", copy.ToString(System.Globalization.CultureInfo.InvariantCulture)]) { UseShellExecute = false };
            Process.Start(start)?.Dispose();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // Without a shell the others get SIGPIPE when they print something later.
        }
        finally
        {
            _ = Libc.Close(copy);
        }
    }

    /// <summary>
    /// Passes on what can be passed on. Who reads this process's output may have gone ("| head"), or it was closed from the start
    /// (">&amp;-"); the others still want all of it.
    /// </summary>
    public static bool TryPass(Stream passed, byte[] buffer, int count)
    {
        try
        {
            passed.Write(buffer, 0, count);
            passed.Flush();
            return true;
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            return false;
        }
    }
}
