using System;
using System.Diagnostics;
using System.IO;
using System.IO.Compression;
using System.Threading.Tasks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Archives;

/// <summary>Zip archives, and what installed programs make.</summary>
internal static class Zips
{
    public static byte[] Zip(params (string Name, string Content)[] entries) => Zip(0, entries);

    /// <summary>With Unix mode bits in every entry.</summary>
    public static byte[] Zip(int mode, params (string Name, string Content)[] entries)
    {
        var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, string content) in entries)
            {
                ZipArchiveEntry entry = zip.CreateEntry(name);
                entry.ExternalAttributes = mode << 16;
                using var writer = new StreamWriter(entry.Open());
                writer.Write(content);
            }
        }

        return bytes.ToArray();
    }

    /// <summary>What the program writes when it is given the input; skips the test without it.</summary>
    public static byte[] Filter(TestDirectory place, string program, string arguments, byte[] input)
    {
        Assert.SkipWhen(Programs.Find(program) is null, program + " is not installed");
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = place.Path,
        };
        using Process process = Programs.Start(start);
        var output = new MemoryStream();
        Task reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        Assert.True(reading.Wait(TimeSpan.FromMinutes(1)), program);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.ToArray();
    }
}
