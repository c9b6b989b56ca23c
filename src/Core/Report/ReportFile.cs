using System;
using System.IO;
using System.Text;
using ProcessDedup.Fetch;
using ProcessDedup.Platform;

namespace ProcessDedup.Report;

/// <summary>Reports as files.</summary>
public static class ReportFile
{
    /// <summary>The report as one HTML page that needs nothing else.</summary>
    public static string ToHtml(DedupReport report) => ReportPage.Render(report ?? throw new ArgumentNullException(nameof(report)));

    /// <summary>Writes the page. A file that is there is replaced, whole or not at all.</summary>
    /// <returns>The full path.</returns>
    /// <exception cref="FetchException"><see cref="FetchError.DestinationInvalid"/>, or it cannot be written there.</exception>
    public static string Write(DedupReport report, string path)
    {
        byte[] page = new UTF8Encoding(false).GetBytes(ToHtml(report));
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0'))
            throw FetchFailures.DestinationFailed(path ?? string.Empty, new PlatformException(PlatformFault.Missing, "open", path ?? string.Empty, Errno.NoEntry));
        try
        {
            string full = Path.GetFullPath(path);
            if (Directory.Exists(full))
                throw FetchFailures.DestinationFailed(path, new PlatformException(PlatformFault.IsDirectory, "open", full, Errno.IsDirectory));
            Write(full, page);
            return full;
        }
        catch (PlatformException e)
        {
            throw FetchFailures.DestinationFailed(path, e);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e) || e is ArgumentException or NotSupportedException)
        {
            throw FetchFailures.DestinationFailed(path, ManagedFailures.Translate("write", path, e));
        }
    }

    private static void Write(string path, byte[] page)
    {
        // What is no plain file (a link, a pipe, /dev/stdout) is written to and not replaced.
        if (FileSystem.TryGetFacts(path, out FileFacts facts) && facts.Type != FileType.Regular)
        {
            using var place = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
            place.Write(page, 0, page.Length);
            return;
        }

        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            // Not as files of the cache: who may read it is the user's umask to say.
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
                file.Write(page, 0, page.Length);
            Publishing.RenameOnly(temporary, path);
        }
        catch
        {
            FileSystem.TryDelete(temporary);
            throw;
        }
    }
}
