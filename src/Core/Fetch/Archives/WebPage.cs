using System;
using System.Text;

namespace ProcessDedup.Fetch.Archives;

/// <summary>Recognises a page for people where an archive was expected: a login, a captive portal, an error with status 200.</summary>
internal static class WebPage
{
    private static readonly string[] Beginnings = ["<!doctype", "<html", "<head", "<body", "<!--"];

    /// <summary>Is this how HTML begins (WHATWG MIME Sniffing, 7.1)?</summary>
    public static bool Begins(byte[] content, int length)
    {
        string text = Encoding.UTF8.GetString(content, 0, length).TrimStart('\ufeff', ' ', '\t', '\r', '\n', '\f');
        return Array.Exists(Beginnings, beginning => text.StartsWith(beginning, StringComparison.OrdinalIgnoreCase));
    }
}
