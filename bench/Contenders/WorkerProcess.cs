using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading.Tasks;

namespace ProcessDedup.Bench.Contenders;

/// <summary>A started contender that takes and releases one lock on demand; see <see cref="Worker"/>.</summary>
internal sealed class WorkerProcess : IDisposable
{
    // A contender that takes longer for one answer is broken; proper-lockfile needs 11 s to notice a dead holder.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Contender _contender;
    private readonly Process _process;

    private WorkerProcess(Contender contender, Process process)
    {
        _contender = contender;
        _process = process;
    }

    public int Id => _process.Id;

    /// <summary>Starts processes side by side; returns when all are ready.</summary>
    public static WorkerProcess[] Start(Contender contender, string file, int count)
    {
        var workers = new WorkerProcess[count];
        for (int i = 0; i < count; i++)
        {
            ProcessStartInfo start = contender.StartInfo(file);
            start.RedirectStandardInput = true;
            start.RedirectStandardOutput = true;
            workers[i] = new WorkerProcess(contender, Process.Start(start)!);
        }

        foreach (WorkerProcess worker in workers)
        {
            if (worker.Read() != Worker.Ready)
                throw new InvalidDataException($"{contender.Name} did not start.");
        }

        return workers;
    }

    public void Tell(string command)
    {
        _process.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
    }

    public string Read()
    {
        Task<string?> line = _process.StandardOutput.ReadLineAsync();
        if (!line.Wait(Patience))
            throw new TimeoutException($"{_contender.Name} gave no answer for {Patience.TotalSeconds} s.");
        return line.Result ?? throw new InvalidDataException($"{_contender.Name} ended before it answered.");
    }

    public long ReadNumber() => long.Parse(Read(), CultureInfo.InvariantCulture);

    public long Ask(string command)
    {
        Tell(command);
        return ReadNumber();
    }

    /// <summary>kill -9, of the process alone as an out-of-memory killer does it.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        // With what it started: a shell's waiting flock(1) would outlive it.
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
