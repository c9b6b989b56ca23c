using System;
using System.IO;
using ProcessDedup.Locks;

namespace ProcessDedup.Tests.Harness;

/// <summary>A directory of one test's own with a root for named locks in it; gone afterwards.</summary>
internal sealed class TestDirectory : IDisposable
{
    public TestDirectory()
        : this(System.IO.Path.GetTempPath())
    {
    }

    public TestDirectory(string parent)
    {
        Path = System.IO.Path.Combine(parent, $"procdedup-test-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Path);
        // Users other than the one who runs the tests must be able to come in where a test wants them.
        if (!OperatingSystem.IsWindows())
            System.IO.File.SetUnixFileMode(Path, (UnixFileMode)0x1ed); // 0755
        Home = System.IO.Path.Combine(Path, "home");
        Root = LockRoot.At(Home);
    }

    public string Path { get; }

    /// <summary>PROCESSDEDUP_HOME of this test.</summary>
    public string Home { get; }

    public LockRoot Root { get; }

    public LockTarget Named(string name) => LockTarget.FromName(Root, name);

    public LockTarget AtPath(string name) => LockTarget.FromPath(File(name));

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string NewDirectory(string name) => Directory.CreateDirectory(File(name)).FullName;

    public void Dispose()
    {
        try
        {
            // Windows deletes nothing that is read-only, and the store is.
            if (OperatingSystem.IsWindows())
            {
                foreach (FileInfo file in new DirectoryInfo(Path).EnumerateFiles("*", SearchOption.AllDirectories))
                    file.IsReadOnly = false;
            }

            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A killed process may still be on its way out; the temporary directory is emptied by others.
        }
    }
}
