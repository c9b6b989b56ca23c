using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>Whoever adds a reader of files to the product has to think of the databases that the process has open.</summary>
public sealed class FileReaderTests
{
    // What opens a file for reading, or closes a descriptor, without asking PosixLockGuard.
    private static readonly Regex Opening = new(
        @"new FileStream\(|\bFile\.(Open\w*|Read\w*|Copy)\(|new StreamReader\((?!file\b|stream\b|_?\w*\.Standard)|new FileInfo\([^)]*\)\.(Open|Copy)\w*\(|Libc\.(Open|Close)\(",
        RegexOptions.None, TimeSpan.FromSeconds(10));

    /// <summary>How often a file may do so, and why no database of a user can be what it opens.</summary>
    private static readonly Dictionary<string, (int Times, string Reason)> Allowed = new(StringComparer.Ordinal)
    {
        ["src/Core/Platform/PosixLockGuard.cs"] = (3, "is the guard"),
        ["src/Core/Platform/SourceFile.cs"] = (1, "on Windows, where locks belong to handles"),
        ["src/Core/Platform/FileSystem.cs"] = (2, "reads on Windows; closes a file that it has just made"),
        ["src/Core/Platform/FileClone.cs"] = (1, "a file that it has just made"),
        ["src/Core/Platform/FileSystemSync.cs"] = (2, "a directory"),
        ["src/Core/Platform/Publishing.cs"] = (1, "flushes on Windows"),
        ["src/Core/Platform/UnixLockHandle.cs"] = (2, "closes by the guard"),
        ["src/Core/Platform/AppendOnlyFile.cs"] = (2, "the journal of the cache and records of this library"),
        ["src/Core/Platform/ControllingTerminal.cs"] = (2, "a terminal"),
        ["src/Core/Platform/ProcessEnd.cs"] = (2, "a descriptor of a process"),
        ["src/Core/Platform/HomeOwnership.cs"] = (2, "a directory that it has just made"),
        ["src/Core/Platform/OrphanAdoption.cs"] = (1, "/proc"),
        ["src/Core/Platform/KernelFile.cs"] = (1, "/proc"),
        ["src/Core/Platform/ProcFileDescriptors.cs"] = (1, "/proc"),
        ["src/Core/Platform/ProcOpenFiles.cs"] = (2, "/proc"),
        ["src/Core/Platform/ProcessIdentity.cs"] = (2, "/proc"),
        ["src/Core/Platform/ProcessPause.cs"] = (1, "/proc"),
        ["src/Core/Platform/NetworkFileSystems.cs"] = (1, "/proc"),
        ["src/Core/Platform/UserNames.cs"] = (3, "/proc and /etc/passwd"),
        ["src/Cli/ErrorExit.cs"] = (1, "standard error"),
        ["src/Core/Store/FileCopy.cs"] = (1, "writes a new file"),
        ["src/Core/Store/PartialWriter.cs"] = (1, "a download in the store"),
        ["src/Core/Store/EventJournal.cs"] = (1, "the journal of the cache"),
        ["src/Core/Artifacts/BuildingCommand.cs"] = (1, "the output of a build in the store"),
        ["src/Core/Substituters/PackReceiver.cs"] = (1, "writes a new file"),
        ["src/Core/Substituters/PackWriter.cs"] = (1, "writes a new file"),
        ["src/Core/Substituters/DirectoryStore.cs"] = (1, "writes a new file"),
        ["src/Core/Substituters/SigningKey.cs"] = (1, "a key, which is read at the beginning"),
        ["src/Core/Fetch/Http/PemText.cs"] = (1, "certificates, which are read at the beginning"),
        ["src/Postgres/Connecting/PasswordFile.cs"] = (1, "~/.pgpass"),
        ["src/Postgres/Connecting/ServiceFile.cs"] = (1, "pg_service.conf"),
        ["src/Core/Fetch/Http/Netrc.cs"] = (1, "~/.netrc"),
        ["src/Core/Fetch/Files/FilePlan.cs"] = (1, "writes a new file"),
        ["src/Core/Fetch/Git/GitTreePlan.cs"] = (1, "writes a new file"),
        ["src/Core/Fetch/Archives/DecompressPlan.cs"] = (1, "writes a new file"),
        ["src/Core/Fetch/Archives/SevenZipEntry.cs"] = (1, "what a program prints"),
        ["src/Core/Fetch/Archives/TreeExtractor.cs"] = (1, "writes a new file"),
        ["src/Core/Fetch/Forges/ForgeDownload.cs"] = (1, "a download in the store"),
        ["src/Core/Report/ReportFile.cs"] = (2, "writes a new file, or a device"),
        ["src/Core/Once/OutputPump.cs"] = (1, "a copy of its end of a pipe"),
        ["src/Core/Once/RecordedCommand.cs"] = (2, "the output of a command in the store"),
        ["src/Core/Once/OncePack.cs"] = (1, "the output of a command in the store"),
        ["src/Cmdlets/OnceResultFiles.cs"] = (2, "the result of a block in the store"),
        ["src/Cli/CompletionCommand.cs"] = (1, "a resource of its own"),
        ["src/Cli/RequestHeaders.cs"] = (1, "headers of a request, which are read at the beginning"),
    };

    [Fact]
    public void Every_reader_of_users_files_asks_the_guard()
    {
        Assert.SkipUnless(Directory.Exists(Path.Combine(Programs.Repository, "src")), "the sources are not here");
        List<string> wrong = [];
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Programs.Repository, "src"), "*.cs", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(Programs.Repository, file).Replace('\\', '/');
            if (name.Contains("/obj/", StringComparison.Ordinal) || name.Contains("/bin/", StringComparison.Ordinal))
                continue;
            int found = Opening.Count(File.ReadAllText(file));
            int allowed = Allowed.TryGetValue(name, out (int Times, string Reason) rule) ? rule.Times : 0;
            if (found != allowed)
                wrong.Add($"{name}: {found} times, {allowed} {(allowed == 1 ? "is" : "are")} known");
        }

        Assert.True(
            wrong.Count == 0,
            "These open or close files by themselves. Closing a database that this process has open drops its locks, and rows are lost: read users' "
            + "files by SourceFile, or say in this test why it can be none.\n" + string.Join('\n', wrong.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void No_rule_is_left_over()
    {
        Assert.SkipUnless(Directory.Exists(Path.Combine(Programs.Repository, "src")), "the sources are not here");
        Assert.DoesNotContain(Allowed.Keys, name => !File.Exists(Path.Combine(Programs.Repository, name)));
    }
}
