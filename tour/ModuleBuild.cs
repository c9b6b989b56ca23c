using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace ProcessDedup.Tour;

/// <summary>The module in output/ProcessDedup, as build.ps1 makes it; one tour of a clone builds, the others wait.</summary>
/// <remarks>ProcessDedup's own locks would do, but it is what is being built here.</remarks>
internal sealed class ModuleBuild(Repository repository, PowerShell powerShell, Screen screen)
{
    private static readonly string[] _inputs =
        ["src", "module", "docs/help", "build", "build.ps1", "CHANGELOG.md", "Directory.Build.props", "Directory.Packages.props"];

    /// <summary>A slow machine with an empty package cache takes minutes.</summary>
    private static readonly TimeSpan _longestBuild = TimeSpan.FromMinutes(30);

    private readonly string _lockFile = Path.Combine(repository.Output, "tour.lock");

    /// <summary>What the module was built from.</summary>
    private readonly string _stampFile = Path.Combine(repository.Output, "tour.stamp");

    /// <summary>Builds it, unless nothing has changed since the last time.</summary>
    public async Task BringUpToDateAsync(CancellationToken token)
    {
        using FileStream turn = await LockAsync(FileAccess.ReadWrite, FileShare.None, token);
        string stamp = Stamp();
        if (IsComplete && File.Exists(_stampFile) && await File.ReadAllTextAsync(_stampFile, token) == stamp)
            return;
        screen.Say("Building the module into output/ProcessDedup: a minute or two the first time ...");
        File.Delete(_stampFile);
        ProcessStartInfo build = powerShell.Run(repository, "./build.ps1 -Task Build");
        // Build nodes that stay for the next build would outlive the tour.
        build.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        await Repository.RunAsync(build, token, _longestBuild);
        await File.WriteAllTextAsync(_stampFile, stamp, token);
    }

    /// <summary>Keeps other tours from building it again while this one uses it.</summary>
    public async Task<IDisposable> UseAsync(CancellationToken token)
    {
        FileStream use = await LockAsync(FileAccess.Read, FileShare.Read, token);
        if (IsComplete)
            return use;
        await use.DisposeAsync();
        throw new TourException("There is no module in output/ProcessDedup: run the tour without --no-build.");
    }

    private bool IsComplete => File.Exists(repository.Module) && File.Exists(repository.Procdedup);

    private async Task<FileStream> LockAsync(FileAccess access, FileShare share, CancellationToken token)
    {
        for (bool told = false; ; told = true)
        {
            try
            {
                return new FileStream(_lockFile, FileMode.OpenOrCreate, access, share);
            }
            catch (IOException) when (File.Exists(_lockFile))
            {
                if (!told)
                    screen.Say("Waiting for another tour of this clone ...");
            }

            // .NET has no lock on a file that one can wait for.
            await Task.Delay(TimeSpan.FromMilliseconds(250), token);
        }
    }

    /// <summary>A digest of names, sizes and times of all that goes into the module.</summary>
    private string Stamp()
    {
        var text = new StringBuilder();
        foreach (FileInfo file in _inputs.SelectMany(FilesOf).OrderBy(f => f.FullName, StringComparer.Ordinal))
            text.Append(file.FullName).Append('|').Append(file.Length).Append('|').Append(file.LastWriteTimeUtc.Ticks).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private IEnumerable<FileInfo> FilesOf(string input)
    {
        string path = Path.Combine(repository.Root, input);
        return Directory.Exists(path)
            ? new DirectoryInfo(path).EnumerateDirectories().Where(d => d.Name is not ("bin" or "obj")).SelectMany(d => FilesOf(d.FullName))
                .Concat(new DirectoryInfo(path).EnumerateFiles())
            : [new FileInfo(path)];
    }
}
