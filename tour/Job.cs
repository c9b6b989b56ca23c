using System;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading;
using System.Threading.Tasks;

namespace ProcessDedup.Tour;

/// <summary>A process that the tour has started, with what it prints.</summary>
internal sealed class Job : IDisposable
{
    /// <summary>A machine may be busy; only a tour that fails waits for so long.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly Task<string> _errors;

    /// <exception cref="TourException">The program cannot be started.</exception>
    public Job(ProcessStartInfo start)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.StandardOutputEncoding = start.StandardErrorEncoding = Encoding.UTF8;
        try
        {
            _process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new TourException($"'{start.FileName}' cannot be started: {e.Message}");
        }

        Id = _process.Id;
        Program = Path.GetFileNameWithoutExtension(start.FileName);
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public int Id { get; }

    public string Program { get; }

    public bool HasEnded => _process.HasExited;

    /// <summary>What it told about a wait, once it has ended: PowerShell to its host, procdedup on standard error.</summary>
    public string? Notice { get; private set; }

    /// <summary>Reads its output until that line has come.</summary>
    public async Task WaitForLineAsync(string line, CancellationToken token)
    {
        while (await _process.StandardOutput.ReadLineAsync(token).AsTask().WaitAsync(Patience, token) is { } read)
        {
            if (read == line)
                return;
        }

        throw new TourException($"{Program} (PID {Id}) ended without '{line}':\n{await _errors}");
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>What it has printed.</returns>
    /// <exception cref="TourException">It ended with an error.</exception>
    public async Task<string> ReadToEndAsync(CancellationToken token, TimeSpan? patience = null)
    {
        string output;
        try
        {
            output = await _process.StandardOutput.ReadToEndAsync(token).WaitAsync(patience ?? Patience, token);
            await _process.WaitForExitAsync(token).WaitAsync(Patience, token);
        }
        catch (TimeoutException)
        {
            throw new TourException($"{Program} (PID {Id}) did not end in time.");
        }

        string errors = await _errors;
        Notice = (output + errors).Split('\n').FirstOrDefault(l => l.Contains("waiting for", StringComparison.OrdinalIgnoreCase));
        return _process.ExitCode == 0
            ? output.Trim()
            : throw new TourException($"{Program} (PID {Id}) ended with exit code {_process.ExitCode}:\n{output}{errors}");
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>The last line that it printed: PowerShell prints what it tells about waits before that.</returns>
    public async Task<string> ReadLastLineAsync(CancellationToken token) =>
        (await ReadToEndAsync(token)).Split('\n')[^1];

    /// <summary>Waits for its end.</summary>
    /// <returns>The JSON that it printed; names in it are compared without regard to case, as both fronts write them.</returns>
    public async Task<JsonNode> ReadJsonAsync(CancellationToken token)
    {
        string output = await ReadToEndAsync(token);
        // What PowerShell tells about waits comes before, in lines of its own.
        int start = output.StartsWith('[') ? 0 : output.LastIndexOf('\n') + 1;
        try
        {
            return JsonNode.Parse(output[start..], new JsonNodeOptions { PropertyNameCaseInsensitive = true })!;
        }
        catch (JsonException)
        {
            throw new TourException($"{Program} (PID {Id}) printed no JSON:\n{output}");
        }
    }

    /// <summary>Ends it without asking, with all that it started.</summary>
    public async Task KillAsync()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended already, or ends just now.
        }

        await _process.WaitForExitAsync();
    }

    public void Dispose() => _process.Dispose();
}
