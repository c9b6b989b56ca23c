using System;
using System.IO;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch.Http;

/// <summary>A file with certificates or keys.</summary>
internal static class PemText
{
    // The system's own bundle of some 150 authorities has 220 kB.
    private const long Longest = 16 << 20;

    /// <exception cref="FetchException">FetchOptionsInvalid: it cannot be read.</exception>
    public static string Read(string path) => System.Text.Encoding.UTF8.GetString(ReadBytes(path));

    /// <exception cref="FetchException">FetchOptionsInvalid: it cannot be read.</exception>
    public static byte[] ReadBytes(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: > Longest }
                ? throw FetchFailures.CertificateInvalid(path, Message.Of(Key.ReasonFarTooLong))
                : File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw FetchFailures.CertificateInvalid(path, e.Message.TrimEnd('.'));
        }
    }
}
