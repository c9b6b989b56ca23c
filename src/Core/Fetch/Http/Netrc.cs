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
    public static NetworkCredential? Find(string host) => Text() is { Length: > 0 } text ? Find(text, host) : null;

    /// <summary>
    /// The login of a user for a host, as curl 7.88 reads it: the password of that user's entry, else of the host's first entry
    /// (Azure DevOps takes any name with a token). Null if there is none.
    /// </summary>
    public static NetworkCredential? FindFor(string user, string host)
    {
        string text = Text();
        return (Find(text, host, user) ?? Find(text, host)) is { } entry ? new NetworkCredential(user, entry.Password) : null;
    }

    /// <summary>The file; empty if there is none, or it cannot be read.</summary>
    public static string Text()
    {
        foreach (string path in Places())
        {
            try
            {
                var file = new FileInfo(path);
                if (file.Exists && file.Length <= LongestFile)
                    return File.ReadAllText(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            {
                // One that cannot be read holds no login.
            }
        }

        return string.Empty;
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
    /// <param name="text">The file.</param>
    /// <param name="host">Whose entries count.</param>
    /// <param name="user">The only login that counts; null for any.</param>
    public static NetworkCredential? Find(string text, string host, string? user = null)
    {
        var words = new Words(text);
        bool isMine = false;
        string login = string.Empty;
        string? password = null;
        while (words.Next() is { } word)
        {
            switch (word.ToLowerInvariant())
            {
                case "machine" or "default":
                    if (isMine && password is not null && (user is null || login == user))
                        return new NetworkCredential(login, password);
                    isMine = string.Equals(word, "default", StringComparison.OrdinalIgnoreCase)
                        || string.Equals(words.Value(), host, StringComparison.OrdinalIgnoreCase);
                    (login, password) = (string.Empty, null);
                    break;
                case "login":
                    login = words.Value() ?? string.Empty;
                    break;
                case "password":
                    password = words.Value();
                    break;
                case "account":
                    words.Value();
                    break;
                case "macdef":
                    words.SkipMacro();
                    break;
            }
        }

        return isMine && password is not null && (user is null || login == user) ? new NetworkCredential(login, password) : null;
    }

    /// <summary>
    /// The words of the file. Where a value is missing, the next line's words stay words: curl 7.88 sends "machine" as the password
    /// of <c>password #abc</c>, and would send another machine's login the same way.
    /// </summary>
    private sealed class Words(string text)
    {
        private int _at;

        /// <summary>What belongs to the word before it, '#' included; null if nothing does.</summary>
        public string? Value()
        {
            int start = _at;
            while (_at < text.Length && char.IsWhiteSpace(text[_at]))
                _at++;
            if (_at >= text.Length)
                return null;
            bool isSameLine = text.IndexOf('\n', start, _at - start) < 0;
            if (text[_at] == '#' && (!isSameLine || _at + 1 >= text.Length || char.IsWhiteSpace(text[_at + 1])))
                return null;
            int value = _at;
            bool isQuoted = text[_at] == '"';
            string word = isQuoted ? Quoted() : Plain();
            if (isSameLine || isQuoted || !IsKeyword(word))
                return word;
            _at = value;
            return null;
        }

        private static bool IsKeyword(string word) =>
            word.ToLowerInvariant() is "machine" or "default" or "login" or "password" or "account" or "macdef";

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
