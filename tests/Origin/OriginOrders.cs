using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using ProcessDedup.Tests.Harness;

namespace ProcessDedup.OriginProgram;

/// <summary>What the origin can be told in one line: a verb, a path, and what else belongs to the verb.</summary>
/// <remarks>
/// <code>
/// bytes PATH LENGTH [SEED]       serves so many bytes            count PATH          how many requests came for it
/// text PATH WORDS                serves this text                header PATH NAME    that header of the last request
/// file PATH FILE                 serves a file's content         gate PATH OFFSET    answers stop at that byte
/// set PATH PROPERTY VALUE        etag, modified, cache, type,    reached PATH        waits until one has come there
///                                login, or any header            open PATH           and on they go
/// fail PATH TIMES STATUS         the next answers are failures   hang PATH [OFFSET]  sends nothing after that byte
/// cut PATH OFFSET TIMES          cuts the next answers there     remove PATH         404 from now on
/// </code>
/// </remarks>
internal sealed class OriginOrders(Origin origin)
{
    private readonly Dictionary<string, OriginFile> _files = new(StringComparer.Ordinal);

    /// <summary>Returns the answer, one line.</summary>
    public string Obey(string line)
    {
        string[] words = line.Split(' ', 3);
        string path = words.Length > 1 ? words[1] : throw new FormatException("No path in: " + line);
        string rest = words.Length > 2 ? words[2] : string.Empty;
        string[] more = rest.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries);
        switch (words[0])
        {
            case "bytes":
                return Keep(path, origin.Serve(path, Number(more[0]), more.Length > 1 ? (int)Number(more[1]) : 1));
            case "text":
                return Keep(path, origin.Serve(path, Encoding.UTF8.GetBytes(rest)));
            case "file":
                return Keep(path, origin.Serve(path, File.ReadAllBytes(rest)));
            case "count":
                return origin.Count(path).ToString(CultureInfo.InvariantCulture);
            case "header":
                return LastHeader(path, rest);
            case "reached":
                Gate(path).WaitReached();
                break;
            case "open":
                Gate(path).Open();
                break;
            case "gate":
                FileAt(path).Gate = new OriginGate(Number(rest));
                break;
            case "set":
                Set(FileAt(path), more[0], more.Length > 1 ? more[1] : string.Empty);
                break;
            case "fail":
                FileAt(path).FailNext((int)Number(more[0]), (int)Number(more[1]));
                break;
            case "cut":
                FileAt(path).CutAt(Number(more[0]), (int)Number(more[1]));
                break;
            case "hang" when rest.Length == 0:
                FileAt(path).HangsBeforeHeaders = true;
                break;
            case "hang":
                FileAt(path).HangsAt = Number(rest);
                break;
            case "remove":
                origin.Remove(path);
                break;
            default:
                throw new FormatException("Nobody knows how to: " + line);
        }

        return "OK";
    }

    private string Keep(string path, OriginFile file)
    {
        _files[path] = file;
        return file.Url;
    }

    private OriginFile FileAt(string path) =>
        _files.TryGetValue(path, out OriginFile? file) ? file : throw new ArgumentException("Nothing is served at " + path);

    private OriginGate Gate(string path) => FileAt(path).Gate ?? throw new ArgumentException("There is no gate at " + path);

    private string LastHeader(string path, string name) =>
        origin.RequestsTo(path) is [.., OriginRequest last] ? last.Headers.GetValueOrDefault(name) ?? string.Empty : string.Empty;

    private static void Set(OriginFile file, string property, string value)
    {
        switch (property)
        {
            case "etag":
                file.ETag = value.Length > 0 ? $"\"{value}\"" : null;
                break;
            case "modified":
                file.LastModified = DateTimeOffset.Parse(value, CultureInfo.InvariantCulture);
                break;
            case "cache":
                file.CacheControl = value;
                break;
            case "type":
                file.ContentType = value;
                break;
            case "login":
                file.Login = value;
                break;
            default:
                file.Headers[property] = value;
                break;
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
