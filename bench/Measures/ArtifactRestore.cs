using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using ProcessDedup.Bench.Contenders;
using ProcessDedup.Bench.Report;

namespace ProcessDedup.Bench.Measures;

/// <summary>A tree or a large file out of the local store, beside what people copy with.</summary>
internal sealed class ArtifactRestore : Measure
{
    private const int SmallFiles = 10_000;

    // Sixty-four times ten thousand would be a measure of the file system alone.
    private const int FilesForMany = 1_000;
    private const long Large = 1L << 30;

    private const string Links = "as links";
    private const string Unverified = "unverified";
    private const string Copy = "cp -a";

    // What ours does: the copy is on the disk when the program ends.
    private const string CopyAndSync = "cp -a, sync -f";
    private const string Tar = "tar to tar";
    private const string Rsync = "rsync -a";

    private static readonly string[] Columns = [CopyAndSync, Copy, Tar, Rsync, Unverified, Links];

    public override string Name => "artifact-restore";

    public override IEnumerable<Row> Run(Bench bench)
    {
        if (Repository.Procdedup() is not { } program)
        {
            bench.Notes.WriteLine("skipped: artifact-restore (procdedup is not built)");
            yield break;
        }

        string place = Path.Combine(bench.Scratch, "artifacts");
        string tree = Path.Combine(place, "tree"), small = Path.Combine(place, "small"), file = Path.Combine(place, "file");
        MakeTree(tree, SmallFiles);
        MakeTree(small, FilesForMany);
        MakeFile(file, bench.IsQuick ? Large / 8 : Large);
        Save(program, "tree", tree);
        Save(program, "small", small);
        Save(program, "file", file);
        int rounds = bench.Pick(5, 2);
        const double mostOfTree = 1.1, mostOfFile = 2, mostOfMany = 1.2;
        yield return Compare(bench, program, "tree", tree, 1, rounds, string.Create(CultureInfo.InvariantCulture, $"{SmallFiles} files of 1 to 8 kB"), mostOfTree);
        yield return Compare(bench, program, "file", file, 1, rounds, bench.IsQuick ? "128 MiB" : "1 GiB", mostOfFile);
        foreach (int count in bench.IsQuick ? new[] { 4 } : [1, 4, 16, 64])
        {
            yield return Compare(
                bench, program, "small", small, count, bench.Pick(count == 64 ? 2 : 5, 1),
                string.Create(CultureInfo.InvariantCulture, $"{FilesForMany} files, {count} at once"), count >= 16 ? mostOfMany : null);
        }
    }

    private static Row Compare(Bench bench, string program, string key, string source, int count, int rounds, string shown, double? most)
    {
        string target = Path.Combine(bench.Scratch, "restored");
        var contenders = new Dictionary<string, string>
        {
            [Field.Ours] = $"'{program}' artifact restore {key} --out \"$1\"",
            [Unverified] = $"'{program}' artifact restore {key} --skip-verification --out \"$1\"",
            [Links] = $"'{program}' artifact restore {key} --read-only --out \"$1\"",
            [CopyAndSync] = $"cp -a '{source}' \"$1\" && sync -f \"$1\"",
            [Copy] = $"cp -a '{source}' \"$1\"",
            [Tar] = $"mkdir \"$1\" && tar -C '{Path.GetDirectoryName(source)}' -cf - {Path.GetFileName(source)} | tar -C \"$1\" -xf -",
        };
        if (Field.Succeeds("rsync", "--version"))
            contenders[Rsync] = $"rsync -a '{source}' \"$1\"";
        var taken = contenders.ToDictionary(c => c.Key, _ => new List<double>());
        for (int round = -1; round < rounds; round++)
        {
            foreach ((string name, string command) in contenders)
            {
                Directory.CreateDirectory(target);
                double time = TimeOf(command, target, count);
                if (round >= 0)
                    taken[name].Add(time);
                // Nothing of one contender's write-back must be left to the next.
                Shell($"rm -rf '{target}' && sync");
            }
        }

        Dictionary<string, double> medians = taken.ToDictionary(t => t.Key, t => Figures.Median(t.Value));
        Row row = Row.OfTimes(shown, Columns, Field.Ours, medians, CopyAndSync);
        return most is { } limit ? row.WithTarget("≤ " + Figures.Ratio(limit), medians[Field.Ours] <= limit * medians[CopyAndSync]) : row;
    }

    private static double TimeOf(string command, string target, int count)
    {
        long began = Stopwatch.GetTimestamp();
        Process[] all = [.. Enumerable.Range(0, count).Select(i => Start(command, Path.Combine(target, i.ToString(CultureInfo.InvariantCulture))))];
        foreach (Process process in all)
        {
            process.WaitForExit();
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"'{command}' failed with {process.ExitCode}.");
            process.Dispose();
        }

        return (Stopwatch.GetTimestamp() - began) * 1e9 / Stopwatch.Frequency;
    }

    private static Process Start(string command, string target)
    {
        var start = new ProcessStartInfo("sh", ["-c", command + " > /dev/null", "sh", target]) { UseShellExecute = false };
        return Process.Start(start)!;
    }

    private static void Shell(string command)
    {
        using Process process = Process.Start("sh", ["-c", command]);
        process.WaitForExit();
    }

    private static void Save(string program, string key, string source)
    {
        using Process process = Start($"'{program}' artifact save {key} \"$1\"", source);
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"'{source}' was not saved.");
    }

    private static void MakeTree(string tree, int files)
    {
        const int inOneDirectory = 100, least = 1000, most = 8000;
        var random = new Random(1);
        byte[] content = new byte[most];
        for (int i = 0; i < files; i++)
        {
            string directory = Path.Combine(tree, $"directory-{i / inOneDirectory}");
            Directory.CreateDirectory(directory);
            random.NextBytes(content);
            File.WriteAllBytes(Path.Combine(directory, $"file-{i}"), content[..random.Next(least, most)]);
        }
    }

    private static void MakeFile(string path, long size)
    {
        byte[] content = new byte[1 << 20];
        new Random(2).NextBytes(content);
        using FileStream file = File.Create(path);
        for (long written = 0; written < size; written += content.Length)
            file.Write(content);
    }
}
