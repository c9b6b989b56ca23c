using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;

namespace ProcessDedup.Cli;

/// <summary>Headers as they are typed, or kept in a file. They are often secret: no error repeats one.</summary>
internal static class RequestHeaders
{
    // Far more than any server takes.
    private const int LongestFile = 1024 * 1024;

    /// <summary>Instead of a path: read from standard input.</summary>
    private const string StandardInput = "-";

    /// <summary>Reads "Name: value"; null if it is something else.</summary>
    public static KeyValuePair<string, string>? TryParse(string line)
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || line.AsSpan(0, colon).ContainsAny(" \t"))
            return null;
        return new KeyValuePair<string, string>(line[..colon], line[(colon + 1)..].Trim());
    }

    /// <summary>A header a line; empty lines are nothing.</summary>
    /// <exception cref="FetchException">The file cannot be read, or is something else.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Read(string path)
    {
        var headers = new List<KeyValuePair<string, string>>();
        int number = 0;
        foreach (string line in Lines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            headers.Add(TryParse(line.Trim()) ?? throw FetchFailures.HeaderLineInvalid(path, number));
        }

        return headers;
    }

    private static string[] Lines(string path)
    {
        try
        {
            if (path == StandardInput)
                return Limited(Console.In, path);
            using var file = new StreamReader(path);
            return Limited(file, path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw FetchFailures.HeaderFileMissing(path, Message.Of(Key.ReasonDoesNotExist), e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw FetchFailures.HeaderFileDenied(path, e);
        }
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
        {
            throw FetchFailures.HeaderFileMissing(path, e.Message.TrimEnd('.'), e);
        }
    }

    private static string[] Limited(TextReader reader, string path)
    {
        char[] text = new char[LongestFile];
        int length = reader.ReadBlock(text, 0, text.Length);
        return length < text.Length
            ? new string(text, 0, length).Split('\n').Select(line => line.TrimEnd('\r')).ToArray()
            : throw FetchFailures.HeaderFileTooLong(path);
    }
}
