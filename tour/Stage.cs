using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading;
using System.Threading.Tasks;

namespace ProcessDedup.Tour;

/// <summary>Where the scenes are played: a root directory of their own, and the processes in it.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private readonly Repository _repository;
    private readonly PowerShell _powerShell;
    private readonly List<Job> _jobs = [];

    public Stage(Repository repository, PowerShell powerShell, Screen screen, CancellationToken token)
    {
        (_repository, _powerShell, Screen, Token) = (repository, powerShell, screen, token);
        Folder = Directory.CreateTempSubdirectory("procdedup-tour-").FullName;
        screen.Begin();
        screen.Say("ProcessDedup, live. Each line with a number below is a process of its own.");
        screen.Say($"{powerShell.Description}; locks and caches in a temporary directory.");
    }

    public Screen Screen { get; }

    public CancellationToken Token { get; }

    /// <summary>Databases and logs of the scenes; PROCESSDEDUP_HOME is in it.</summary>
    public string Folder { get; }

    public string Output => _repository.Output;

    public string Module => _repository.Module;

    /// <summary>A new PowerShell that has the module; its working directory is <see cref="Folder"/>.</summary>
    public Job PowerShell(string script) =>
        Start(_powerShell.Run(_repository, $"Import-Module {Tour.PowerShell.Quote(_repository.Module)}; {script}"));

    /// <summary>The same with a command whose result the tour reads.</summary>
    public Job PowerShellJson(string command) => PowerShell(command + " | ConvertTo-Json -Compress -EnumsAsStrings -Depth 3");

    public Job Procdedup(params string[] arguments) => Start(_repository.Command(_repository.Procdedup, arguments));

    /// <summary>A command line that runs a script in PowerShell, without the module.</summary>
    public string[] PlainPowerShell(string script)
    {
        ProcessStartInfo start = _powerShell.Run(_repository, script);
        return [start.FileName, .. start.ArgumentList];
    }

    /// <summary>Waits until so many of these processes wait for another one, as `procdedup locks` sees it.</summary>
    /// <returns>Did they, before one of them ended or patience did?</returns>
    public async Task<bool> WaitForWaitersAsync(int count, IReadOnlyList<Job> jobs)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Job.Patience;)
        {
            JsonArray locks = await LocksAsync();
            if (locks.Sum(l => l!["waiters"]!.AsArray().Count) >= count)
                return true;
            if (jobs.Any(j => j.HasEnded))
                return false;
            await Task.Delay(TimeSpan.FromMilliseconds(200), Token);
        }

        return false;
    }

    /// <summary>All locks below the root directory, free ones included.</summary>
    public async Task<JsonArray> LocksAsync() => (await Procdedup("locks", "--all", "--json").ReadJsonAsync(Token)).AsArray();

    /// <summary>Ends what still runs and removes what the scenes have left.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (Job job in _jobs)
        {
            await job.KillAsync();
            job.Dispose();
        }

        // What is in the cache is read-only, and so are directories of it.
        foreach (string directory in Directory.EnumerateDirectories(Folder, "*", SearchOption.AllDirectories))
        {
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        Directory.Delete(Folder, recursive: true);
    }

    private Job Start(ProcessStartInfo start)
    {
        start.WorkingDirectory = Folder;
        foreach (string name in start.Environment.Keys.Where(IsOfOthers).ToList())
            start.Environment.Remove(name);
        start.Environment["PROCESSDEDUP_HOME"] = Path.Combine(Folder, "home");
        start.Environment["NO_COLOR"] = "1";
        start.Environment["NO_PROXY"] = "127.0.0.1";
        // Sockets for debuggers, which a process that is killed leaves behind.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["POWERSHELL_DIAGNOSTICS_OPTOUT"] = "1";
        var job = new Job(start);
        _jobs.Add(job);
        return job;
    }

    /// <summary>Settings of the person's own locks, and of a build system whose log the output would be made for.</summary>
    private static bool IsOfOthers(string variable) =>
        variable.StartsWith("PROCESSDEDUP_", StringComparison.OrdinalIgnoreCase)
        || variable is "CI" or "GITHUB_ACTIONS" or "TF_BUILD" or "CI_JOB_ID" or "BUILD_TAG";
}
