using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Text;
using Xunit;

namespace ProcessDedup.Tests.Harness;

/// <summary>Another process, driven line by line. Every wait for it is bounded and says what it waited for.</summary>
internal sealed class Peer : IDisposable
{
    // Both cores may be busy with a hundred starting runtimes.
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly BlockingCollection<string> _lines = [];
    private readonly StringBuilder _errors = new();
    private readonly string _what;

    private Peer(ProcessStartInfo start)
    {
        _what = $"{System.IO.Path.GetFileName(start.FileName)} {string.Join(' ', start.ArgumentList)}";
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) =>
        {
            if (e.Data is null)
                _lines.CompleteAdding();
            else
                _lines.Add(e.Data);
        };
        _process.ErrorDataReceived += (_, e) =>
        {
            lock (_errors)
                _errors.Append(e.Data).Append(e.Data is null ? "" : "\n");
        };
        Programs.Start(_process);
        Id = _process.Id;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id { get; }

    public string Errors
    {
        get
        {
            lock (_errors)
                return _errors.ToString();
        }
    }

    public bool HasExited => _process.HasExited;

    public static Peer Locker(TestDirectory place, params string[] arguments) =>
        Run(place, Programs.LockPeer, arguments);

    public static Peer Fetcher(TestDirectory place, params string[] arguments) =>
        Run(place, Programs.FetchPeer, arguments);

    public static Peer Sqlite(TestDirectory place, params string[] arguments) =>
        Run(place, Programs.SqlitePeer, arguments);

    public static Peer Procdedup(TestDirectory place, params string[] arguments) =>
        Run(place, Programs.Procdedup, arguments);

    public static Peer Run(TestDirectory place, string program, params string[] arguments) =>
        new(StartOf(place.Home, program, arguments));

    public static ProcessStartInfo StartOf(string home, string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["PROCESSDEDUP_HOME"] = home;
        start.Environment["DOTNET_ROOT"] = Programs.DotnetRoot;
        // A killed runtime leaves its debugging pipes behind in the temporary directory.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["PROCDEDUP"] = Programs.Procdedup;
        start.Environment["LOCKPEER"] = Programs.LockPeer;
        return start;
    }

    /// <summary>The next line; null at the end of its output.</summary>
    public string? TryRead(string awaited)
    {
        if (_lines.TryTake(out string? line, Patience))
            return line;
        if (_lines.IsCompleted)
            return null;
        throw new TimeoutException($"'{_what}' did not say '{awaited}' within {Patience}. Its errors: {Errors}");
    }

    public string Read(string awaited) => TryRead(awaited)
        ?? throw new InvalidOperationException($"'{_what}' ended before it said '{awaited}'. Its errors: {Errors}");

    /// <summary>The next line must be this one.</summary>
    public Peer Expect(string line)
    {
        string read = Read(line);
        Assert.True(read == line, $"'{_what}' said '{read}' instead of '{line}'. Its errors: {Errors}");
        return this;
    }

    /// <summary>Reads on to the line that begins like this, and returns it.</summary>
    public string Await(string beginning)
    {
        for (; ; )
        {
            string line = Read(beginning);
            if (line.StartsWith(beginning, StringComparison.Ordinal))
                return line;
        }
    }

    /// <summary>Every line up to the one that begins like this.</summary>
    public IReadOnlyList<string> ReadTo(string beginning)
    {
        var lines = new List<string>();
        do
            lines.Add(Read(beginning));
        while (!lines[^1].StartsWith(beginning, StringComparison.Ordinal));
        return lines;
    }

    /// <summary>Every line up to the end of its output.</summary>
    public IReadOnlyList<string> ReadToEnd()
    {
        var lines = new List<string>();
        while (TryRead("the end") is { } line)
            lines.Add(line);
        return lines;
    }

    /// <summary>What has been said so far and was not read yet.</summary>
    public IReadOnlyList<string> Drain()
    {
        var lines = new List<string>();
        while (_lines.TryTake(out string? line))
            lines.Add(line);
        return lines;
    }

    public void Say(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    public void EndInput() => _process.StandardInput.Close();

    /// <summary>kill -9, and it is gone when this returns.</summary>
    public void Kill()
    {
        _process.Kill();
        WaitForExit();
    }

    /// <summary>kill -SIGNAL; with STOP it stands still when this returns.</summary>
    public void Signal(string signal)
    {
        Signal(Id, signal);
        if (signal == "STOP")
            AwaitStandstill();
    }

    /// <summary>Waits until it is stopped, by a signal of whomever.</summary>
    public void AwaitStandstill() =>
        Eventually.True(() => _process.HasExited || Threads().All(state => state == 'T'), $"'{_what}' stands still");

    // A letter for the state of each: behind the command's closing parenthesis.
    private char[] Threads()
    {
        try
        {
            return [.. System.IO.Directory.GetDirectories(FormattableString.Invariant($"/proc/{Id}/task"))
                .Select(task => System.IO.File.ReadAllText(task + "/stat")).Select(stat => stat[stat.LastIndexOf(')') + 2])];
        }
        catch (System.IO.IOException)
        {
            // One has ended between two looks.
            return ['X'];
        }
    }

    public static void Signal(int processId, string signal)
    {
        if (OperatingSystem.IsWindows() && signal is "KILL")
        {
            using var victim = Process.GetProcessById(processId);
            victim.Kill();
            return;
        }

        using Process kill = Process.Start("kill", ["-" + signal, processId.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Its exit code, once it has ended; what it left in the background may still hold its output.</summary>
    public int WaitForExit() => _process.WaitForExit(Patience)
        ? _process.ExitCode
        : throw new TimeoutException($"'{_what}' did not end within {Patience}. Its errors: {Errors}");

    /// <summary>Its exit code and all it wrote, once its output has ended as well.</summary>
    public (int Code, string Output, string Errors) Finish()
    {
        string output = string.Join('\n', ReadToEnd());
        int code = WaitForExit();
        _process.WaitForExit();
        return (code, output, Errors);
    }

    /// <summary>It ends well and says nothing, but perhaps whom it waited for: that takes a second, which a busy machine may need.</summary>
    public void FinishInSilence()
    {
        (int code, string output, string errors) = Finish();
        Assert.True(code == 0 && output.Length == 0, $"'{_what}' ended with {code}: {output}{errors}");
        Assert.All(
            errors.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.StartsWith("procdedup: waiting for lock", line, StringComparison.Ordinal));
    }

    public void Dispose()
    {
        try
        {
            if (!_process.HasExited)
                _process.Kill(entireProcessTree: true);
            _process.WaitForExit(Patience);
        }
        catch (InvalidOperationException)
        {
            // It ended in between.
        }

        _process.Dispose();
    }
}
