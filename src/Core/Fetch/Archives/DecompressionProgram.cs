using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Fetch.Archives;

/// <summary>
/// What an installed program (<c>xz -dc</c>, <c>lz4 -dc</c>) makes of a file, as a stream. The program ends with the stream.
/// </summary>
internal sealed class DecompressionProgram : ForwardStream
{
    private const int BufferSize = 1 << 16;

    private readonly string _name;
    private readonly Process _process;
    private readonly Task _feeding;
    private readonly Task<string> _errors;
    private readonly CancellationTokenRegistration _cancellation;
    private readonly CancellationToken _token;

    private DecompressionProgram(string name, string arguments, Stream input, CancellationToken cancellation)
    {
        _name = name;
        _token = cancellation;
        string path = ExecutableSearch.Find(name) ?? throw Missing(name);
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
        _process = Process.Start(start) ?? throw Missing(name);
        _cancellation = cancellation.Register(Kill);
        _feeding = Task.Factory.StartNew(() => Feed(input), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        // To its end even if cancelled: the program dies then, and the pipe with it.
        _errors = _process.StandardError.ReadToEndAsync(CancellationToken.None);
    }

    /// <summary>xz, the successor of lzma.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.ProgramMissing"/></exception>
    public static DecompressionProgram Xz(Stream input, CancellationToken cancellation) => new("xz", "-dc", input, cancellation);

    /// <summary>The older format lzma, which xz knows too.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.ProgramMissing"/></exception>
    public static DecompressionProgram Lzma(Stream input, CancellationToken cancellation) => new("xz", "--format=lzma -dc", input, cancellation);

    /// <summary>lz4's frames.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.ProgramMissing"/></exception>
    public static DecompressionProgram Lz4(Stream input, CancellationToken cancellation) => new("lz4", "-dc", input, cancellation);

    private static FetchException Missing(string name) => name == "xz"
        ? FetchFailures.XzMissing(OperatingSystem.IsWindows())
        : FetchFailures.ProgramMissing(name, Message.Of(Key.ReasonUnpackThisArchive));

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
