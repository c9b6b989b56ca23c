using System;
using System.Collections.Generic;
using System.IO;
using System.Text.RegularExpressions;

namespace ProcessDedup.Platform;

/// <summary>
/// The shapes of arguments that hold no secret, whichever program gets them. Secrets have no shape of their own: a list of
/// what to leave out would never end, so this is a list of what may be shown.
/// </summary>
internal static class HarmlessArgument
{
    // The name of an option and nothing of its value. No digits, no capitals: generated passwords have them.
    private static readonly Regex OptionName = new("^--[a-z]{2,}(-[a-z]+)*$", RegexOptions.CultureInvariant);
    private static readonly Regex Letter = new("^-[A-Za-z]$", RegexOptions.CultureInvariant);

    private static readonly Regex Script = new(
        @"^[\w./\\:+-]*[\w+-]\.(sh|bash|zsh|ps1|psm1|psd1|py|rb|pl|js|mjs|cjs|ts|dll|exe|jar|cmd|bat|sln|slnx|[cfv][bs]proj|proj|ya?ml|toml|mk|lock|nupkg)$",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);

    private static readonly Regex Address = new(
        @"^(?<host>https?://[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?)(/|$)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);

    // With one dash these look like "-pSECRET"; only words that are known are shown.
    private static readonly HashSet<string> LongOptions = new(StringComparer.OrdinalIgnoreCase)
    {
        "-NoProfile", "-NonInteractive", "-NoLogo", "-NoExit", "-Login", "-ExecutionPolicy", "-File", "-Command", "-EncodedCommand", "-jar",
    };

    // What follows them is a file to run, or the next argument of the same program.
    private static readonly HashSet<string> BeforeFiles = new(StringComparer.OrdinalIgnoreCase)
    {
        "-NoProfile", "-NonInteractive", "-NoLogo", "-NoExit", "-Login", "-File", "-jar", "--file", "-f",
    };

    // Commands of everyday tools. Only as the first arguments, before any option: there they are what the tool is to do.
    private static readonly HashSet<string> Commands = new(StringComparer.Ordinal)
    {
        "add", "all", "apply", "artifact", "build", "cache", "check", "checkout", "ci", "clean", "clear-stale", "clone", "commit",
        "compose", "create", "delete", "deploy", "describe", "destroy", "doctor", "down", "download", "exec", "fetch", "format", "get",
        "guard-command",
        "help", "holder", "import", "info", "init", "install", "lint", "list", "lock", "locks", "login", "merge", "migrate", "once", "pack",
        "plan", "publish", "prune", "pull", "push", "rebase", "remove", "report", "reset", "restart", "restore", "run", "save", "serve",
        "show", "sqlite", "start", "status", "stop", "submodule", "sync", "tag", "test", "tool", "uninstall", "up", "update", "upgrade",
        "verify", "wait", "watch",
    };

    public static bool IsCommand(string argument) => Commands.Contains(argument);

    /// <summary>A file that is run, by its name's end. Whole paths are shown: people find out by them which job it is.</summary>
    public static bool IsScript(string argument) => Script.IsMatch(argument);

    public static bool IsOption(string argument) => argument.Length > 1 && argument[0] == '-';

    /// <summary>An option as it may be shown, without its value; null if its very text may hold one.</summary>
    public static string? Option(string argument)
    {
        int equals = argument.IndexOf('=');
        string name = equals > 0 ? argument.Substring(0, equals) : argument;
        return !OptionName.IsMatch(name) && !Letter.IsMatch(name) && !LongOptions.Contains(name) ? null
            : equals > 0 ? name + "=…"
            : name;
    }

    /// <summary>Does a file to run follow, rather than a value of the option?</summary>
    public static bool IsBeforeFile(string option) => BeforeFiles.Contains(option);

    /// <summary>The host of a web address; null if it is none, or may have a login. Paths hold tokens as well.</summary>
    public static string? Host(string argument)
    {
        if (argument.Contains('@') || Address.Match(argument) is not { Success: true } match)
            return null;
        string host = match.Groups["host"].Value;
        return argument.Length > host.Length + 1 ? host + "/…" : argument;
    }

    /// <summary>The name of a program from its path, which may be a whole title that the process gave itself.</summary>
    public static string Program(string path)
    {
        int blank = path.IndexOfAny([' ', '\t', '\n', '\r']);
        if (blank >= 0 && !(Path.IsPathFullyQualified(path) && File.Exists(path)))
            path = path.Substring(0, blank);
        // "-bash" of a login shell; "nginx:" of a title.
        string name = Path.GetFileName(path).TrimEnd(':');
        // "dotnet tool.dll" and, outside Linux, an apphost show up as the DLL.
        return name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? Path.GetFileNameWithoutExtension(name) : name;
    }
}
