using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading.Tasks;

namespace ProcessDedup.Bench.Contenders;

/// <summary>How one program fared from its start to its exit.</summary>
/// <param name="Time">ns.</param>
/// <param name="PeakBytes">The most memory that it had resident; not of its children.</param>
/// <param name="Output">What it wrote.</param>
internal sealed record DownloadRun(double Time, long PeakBytes, string Output)
{
    // VmHWM only grows, so that only what a program takes in its very last moment is missed.
    private const int PeakPeriodMs = 10;

    public static DownloadRun Of(Downloader downloader, Uri address, string directory)
    {
        long before = Worker.Now();
        using Process process = downloader.Start(address, directory, 0);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        long peak = 0;
        while (!process.WaitForExit(PeakPeriodMs))
            peak = Math.Max(peak, PeakOf(process.Id));
        double time = Worker.Now() - before;
        Check(process, downloader.Name, errors.Result);
        return new DownloadRun(time, peak, output.Result);
    }

    /// <summary>ns until the last of several is done that are started at once.</summary>
    public static double OfMany(Downloader downloader, Uri address, string directory, int count)
    {
        var processes = new Process[count];
        var outputs = new Task<string>[2 * count];
        long before = Worker.Now();
        for (int i = 0; i < count; i++)
            processes[i] = downloader.Start(address, directory, i);
        for (int i = 0; i < count; i++)
        {
            outputs[2 * i] = processes[i].StandardOutput.ReadToEndAsync();
            outputs[(2 * i) + 1] = processes[i].StandardError.ReadToEndAsync();
        }

        foreach (Process process in processes)
            process.WaitForExit();
        double time = Worker.Now() - before;
        for (int i = 0; i < count; i++)
        {
            Check(processes[i], downloader.Name, outputs[(2 * i) + 1].Result);
            processes[i].Dispose();
        }

        return time;
    }

    private static void Check(Process process, string name, string errors)
    {
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{name} ended with exit code {process.ExitCode}: {errors}");
    }

    private static long PeakOf(int processId)
    {
        try
        {
            foreach (string line in File.ReadLines($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/status"))
            {
                const string key = "VmHWM:";
                if (line.StartsWith(key, StringComparison.Ordinal))
                    return long.Parse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) << 10;
            }
        }
        catch (IOException)
        {
            // It has ended.
        }

        return 0;
    }
}
