using System;
using System.IO;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Sqlite;

/// <summary>Where a database lies: one spelling for one file, so that all its connections in this process are found.</summary>
internal sealed class SqlitePlace
{
    private SqlitePlace(string display, string file, string directory) =>
        (Display, File, Directory) = (display, file, directory);

    /// <summary>The path as people gave it.</summary>
    public string Display { get; }

    /// <summary>The full path without links.</summary>
    public string File { get; }

    public string Directory { get; }

    public bool DirectoryExists => System.IO.Directory.Exists(Directory);

    /// <summary>Why a write-ahead log cannot be relied on here; null if it can.</summary>
    public string? ReasonAgainstSharing(out string type)
    {
        // A file can be mounted by itself; its log lies in the directory all the same.
        type = Mounts.Of(File).Type;
        if (NetworkFileSystems.ReasonAgainst(type) is { } reason)
            return reason;
        type = Mounts.Of(Directory).Type;
        return NetworkFileSystems.ReasonAgainst(type);
    }

    /// <summary>Checks a path without opening the file: closing it again would drop the locks of SQLite on it.</summary>
    /// <exception cref="SqliteException">The path is not fit.</exception>
    public static SqlitePlace Of(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw SqliteFailures.PathInvalid(path ?? string.Empty, Message.Of(Key.ReasonEmpty));
        if (path.Contains('\0'))
            throw SqliteFailures.PathInvalid(path, Message.Of(Key.ReasonContainsNulCharacter));
        string full;
        try
        {
            full = Path.GetFullPath(path);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or PathTooLongException)
        {
            throw SqliteFailures.PathInvalid(path, e.Message);
        }

        string name = Path.GetFileName(full);
        string? directory = Path.GetDirectoryName(full);
        if (name.Length == 0 || string.IsNullOrEmpty(directory))
            throw SqliteFailures.PathIsDirectory(path);
        // As SQLite does: the log lies beside the file that a link leads to. What leads nowhere stays a link.
        string real = RealPath.Of(full);
        return new SqlitePlace(path, real, Path.GetDirectoryName(real) ?? real);
    }

    /// <summary>What would only come as "cannot open" from SQLite is told by its cause.</summary>
    /// <exception cref="SqliteException">The file cannot be opened.</exception>
    public void Check(bool mayCreate)
    {
        if (!DirectoryExists)
            throw SqliteFailures.DirectoryMissing(Display, Directory);
        FileFacts facts;
        try
        {
            if (!FileSystem.TryGetFacts(File, out facts))
            {
                if (!mayCreate)
                    throw SqliteFailures.Missing(Display);
                return;
            }
        }
        catch (PlatformException e)
        {
            throw SqliteFailures.CannotLook(Display, e.Cause);
        }

        if (facts.Type == FileType.Directory)
            throw SqliteFailures.PathIsDirectory(Display);
        if (facts.Type == FileType.SymbolicLink)
            throw SqliteFailures.PathIsLink(Display);
        if (facts.Type != FileType.Regular)
            throw SqliteFailures.PathInvalid(Display, Message.Of(Key.ReasonNoRegularFile));
    }
}
