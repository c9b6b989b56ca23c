using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;

namespace ProcessDedup.Tests.Messages;

/// <summary>
/// What people read as sentences or parts of them is in Messages.resx. What is none, or has its one place elsewhere, is
/// listed here with its reason.
/// </summary>
internal static class ProseRule
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // Two words next to each other, of which the second is no name. One word is a mark, a state or a part of a format.
    private static readonly Regex TwoWords = new(@"[a-z'’][,:;.]?'? ['(]?[a-z]{2,}", RegexOptions.None, Patience);

    private static readonly Regex Sql = new(
        @"^\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|WITH|WHERE|SET|ON CONFLICT|BEGIN|PRAGMA|FROM|FOR UPDATE|DO)\b", RegexOptions.None, Patience);

    /// <summary>Files and folders that have texts of their own.</summary>
    private static readonly Dictionary<string, string> Places = new(StringComparer.Ordinal)
    {
        ["src/Cli/Examples.cs"] = "the examples of the help",
        ["src/Core/Report/"] = "the page of Get-DedupReport, whose texts are parts of its markup",
        ["src/Core/Telemetry/Instruments.cs"] = "what collectors show of an instrument",
        ["src/Core/Retry/KnownTransientErrors.cs"] = "words of systems and loaders, to be recognised",
        ["src/Core/Platform/PosixLockGuard.cs"] = "how a database begins, to be recognised",
        ["src/Core/Sqlite/ForeignSqliteError.cs"] = "words of SQLite, to be recognised",
        ["src/Cmdlets/ForeignBlock.cs"] = "words of the program sqlite3, to be recognised",
        ["src/Core/Fetch/Git/GitOutcome.cs"] = "words of git, to be recognised",
        ["src/Core/Fetch/Http/HttpDate.cs"] = "formats of dates",
        ["src/Postgres/Schema"] = "SQL",
    };

    /// <summary>What gets a text that is no message.</summary>
    private static readonly HashSet<string> Properties = new(StringComparer.Ordinal)
    {
        // The help of procdedup, beside the option that it is about.
        "Description", "HelpName", "purpose",
        // SQL.
        "Columns",
        // Of threads and of attributes, for developers.
        "Name", "Justification",
    };

    private static readonly string[] Calls =
    [
        // The help of procdedup.
        "new Command", "new RootCommand", "new Option<", "new Argument<", "new SubstituterArguments", "CommandLine.", "Choice",
        // Another program's words, or a format.
        "StartsWith", "EndsWith", "IndexOf", "Contains", "ToString",
    ];

    /// <summary>Single texts, each for a reason that its place tells.</summary>
    private static readonly HashSet<string> Texts = new(StringComparer.Ordinal)
    {
        // What a lock is held for, as it is written into the record of every transaction's lock.
        "a transaction", "a transaction on {}",
        // Marks and formats.
        "::notice title=procdedup::", "ProcessDedup cache ",
        "Signature: 8a477f597d28d172789f06886806bc55\\n# This directory holds what ProcessDedup can fetch or build again.\\n",
        // Commands, and a thread.
        "git fetch", "git lfs fetch", "version https://git-lfs.github.com/spec/v1\\n", "oid sha256:", "!echo password=; true", "ProcessDedup substituter", "trap '' INT HUP; exec cat \\\"/dev/fd/$1\\\" < /dev/null > /dev/null 2>&1",
    };

    public static bool Breaks(string file, SourceLiteral literal) =>
        TwoWords.IsMatch(literal.Text)
        && !Sql.IsMatch(literal.Text)
        && !Places.Keys.Any(place => file.StartsWith(place, StringComparison.Ordinal))
        && !Properties.Contains(literal.Assigned)
        && !Calls.Any(call => literal.Call.Contains(call, StringComparison.Ordinal))
        && !Texts.Contains(literal.Text);
}
