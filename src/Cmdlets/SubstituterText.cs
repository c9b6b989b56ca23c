using System;

namespace ProcessDedup.Cmdlets;

/// <summary>Addresses of substituters as they are typed: of directories as PowerShell knows them.</summary>
internal static class SubstituterText
{
    private const string Option = "?trusted=";

    /// <summary>An address as Core takes it.</summary>
    public static string Resolve(string text, Func<string, string> fileSystemPath)
    {
        if (text.Contains("://", StringComparison.Ordinal) || string.IsNullOrWhiteSpace(text))
            return text;
        int option = text.LastIndexOf(Option, StringComparison.Ordinal);
        return option <= 0 ? fileSystemPath(text) : string.Concat(fileSystemPath(text[..option]), text.AsSpan(option));
    }
}
