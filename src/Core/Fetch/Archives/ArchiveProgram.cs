using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Fetch.Archives;

/// <summary>
/// What an installed program prints, as a stream that ends in its verdict: another exit code than 0 is damage. The program ends
/// with the stream.
/// </summary>
internal sealed class ArchiveProgram : ForwardStream
{
    private const int BufferSize = 1 << 16;

    private readonly string _name;
    private readonly Process _process;
    private readonly Task _feeding;
    private readonly Task<string> _errors;
    private readonly CancellationTokenRegistration _cancellation;
    private readonly CancellationToken _token;

    private ArchiveProgram(string path, IReadOnlyList<string> arguments, Stream? input, CancellationToken cancellation)
    {
        _name = Path.GetFileNameWithoutExtension(path);
        _token = cancellation;
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        // An archive may ask for a dictionary of 4 GiB; what xz -9 has made takes 65 MiB.
        start.EnvironmentVariables["XZ_OPT"] = "--memlimit-decompress=1GiB";
        start.EnvironmentVariables.Remove("XZ_DEFAULTS");
        // Names and times that are printed have one form.
        start.EnvironmentVariables["LC_ALL"] = "C.UTF-8";
        start.EnvironmentVariables["TZ"] = "UTC0";
        _process = Process.Start(start) ?? throw FetchFailures.ProgramMissing(_name, Message.Of(Key.ReasonUnpackThisArchive));
        _cancellation = cancellation.Register(Kill);
        _feeding = Task.Factory.StartNew(() => Feed(input ?? Stream.Null), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        // To its end even if cancelled: the program dies then, and the pipe with it.
        _errors = _process.StandardError.ReadToEndAsync(CancellationToken.None);
    }

    /// <summary>Starts it, without a shell.</summary>
    /// <param name="path">The program.</param>
    /// <param name="arguments">Its words.</param>
    /// <param name="input">What it reads; the caller closes it. Null: nothing.</param>
    /// <param name="cancellation">Ends it.</param>
    public static ArchiveProgram Start(string path, IReadOnlyList<string> arguments, Stream? input, CancellationToken cancellation) =>
        new(path, arguments, input, cancellation);

    private void Feed(Stream input)
    {
        try
        {
            using Stream pipe = _process.StandardInput.BaseStream;
            byte[] buffer = new byte[BufferSize];
            while (input.Read(buffer, 0, buffer.Length) is int read and > 0)
                pipe.Write(buffer, 0, read);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The program has ended early and tells why by its exit code.
        }
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        int read = _process.StandardOutput.BaseStream.Read(buffer, offset, count);
        if (read > 0 || count == 0)
            return read;
        _token.ThrowIfCancellationRequested();
        _process.WaitForExit();
        return _process.ExitCode == 0
            ? 0
            : throw new InvalidDataException(Message.Of(
                Key.ReasonSays, _name, RedactedCommandLine.Sanitize(_errors.GetAwaiter().GetResult().Trim())));
    }

    private void Kill()
    {
        try
        {
            if (!_process.HasExited)
                _process.Kill();
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It has ended meanwhile.
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _cancellation.Dispose();
            Kill();
            // Its input is the caller's, who closes it next.
            _feeding.Wait(CancellationToken.None);
            _process.Dispose();
        }

        base.Dispose(disposing);
    }
}
