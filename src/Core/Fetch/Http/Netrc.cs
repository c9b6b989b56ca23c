using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Text;
using ProcessDedup.Platform;

namespace ProcessDedup.Fetch.Http;

/// <summary>Logins by host as curl, git and Nix read them: $NETRC, else ~/.netrc (on Windows also ~/_netrc).</summary>
internal static class Netrc
{
    private const long LongestFile = 1 << 20;

    /// <summary>The login for a host; null if there is none, or the file cannot be read.</summary>
    public static NetworkCredential? Find(string host)
    {
        foreach (string path in Places())
        {
            try
            {
                var file = new FileInfo(path);
                if (file.Exists && file.Length <= LongestFile)
                    return Find(File.ReadAllText(path), host);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            {
                // One that cannot be read holds no login.
            }
        }

        return null;
    }

    private static IEnumerable<string> Places()
    {
        if (Environment.GetEnvironmentVariable("NETRC") is { Length: > 0 } named)
        {
            yield return named;
            yield break;
        }

        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (home.Length == 0)
            yield break;
        yield return Path.Combine(home, ".netrc");
        if (OperatingSystemKind.IsWindows)
            yield return Path.Combine(home, "_netrc");
    }

    /// <summary>The first entry that is for this host, or for all.</summary>
    public static NetworkCredential? Find(string text, string host)
    {
        var words = new Words(text);
        bool isMine = false;
        string login = string.Empty;
        string? password = null;
        while (words.Next() is { } word)
        {
            switch (word)
            {
                case "machine" or "default":
                    if (isMine && password is not null)
                        return new NetworkCredential(login, password);
                    isMine = word == "default" || string.Equals(words.Next(), host, StringComparison.OrdinalIgnoreCase);
                    (login, password) = (string.Empty, null);
                    break;
                case "login":
                    login = words.Next() ?? string.Empty;
                    break;
                case "password":
                    password = words.Next();
                    break;
                case "account":
                    words.Next();
                    break;
                case "macdef":
                    words.SkipMacro();
                    break;
            }
        }

        return isMine && password is not null ? new NetworkCredential(login, password) : null;
    }

    private sealed class Words(string text)
    {
        private int _at;

        public string? Next()
        {
            while (_at < text.Length && (char.IsWhiteSpace(text[_at]) || text[_at] == '#'))
            {
                if (text[_at] == '#')
                    _at = EndOfLine();
                else
                    _at++;
            }

            if (_at >= text.Length)
                return null;
            return text[_at] == '"' ? Quoted() : Plain();
        }

        // A macro ends with an empty line.
        public void SkipMacro()
        {
            do
            {
                _at = Math.Min(text.Length, EndOfLine() + 1);
            }
            while (_at < text.Length && text.Substring(_at, EndOfLine() - _at).Trim().Length > 0);
        }

        private int EndOfLine() => text.IndexOf('\n', _at) is int end and >= 0 ? end : text.Length;

        private string Plain()
        {
            int start = _at;
            while (_at < text.Length && !char.IsWhiteSpace(text[_at]))
                _at++;
            return text.Substring(start, _at - start);
        }

        private string Quoted()
        {
            var word = new StringBuilder();
            for (_at++; _at < text.Length && text[_at] != '"'; _at++)
            {
                if (text[_at] == '\\' && _at + 1 < text.Length)
                    _at++;
                word.Append(text[_at]);
            }

            _at++;
            return word.ToString();
        }
    }
}
