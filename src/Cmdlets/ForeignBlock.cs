using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.RegularExpressions;
using ProcessDedup.Messages;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// Looks, when a block that uses another library of SQLite has ended without an exception, for what says that it failed all the
/// same: PSSQLite writes its errors with Write-Error, and the program sqlite3 has an exit code and standard error.
/// </summary>
internal sealed class ForeignBlock
{
    private const string Program = "sqlite3";
    private const string LastExitCode = "global:LASTEXITCODE";

    // "Error: in prepare, database is locked (5)", "Runtime error near line 1: UNIQUE constraint failed: t.x (19)".
    private static readonly Regex ProgramError = new(@"^(Parse error|Runtime error|Error)\b.*\((?<code>\d{1,5})\)\s*$", RegexOptions.CultureInvariant);

    private readonly PSCmdlet _cmdlet;
    private readonly bool _endsWithProgram;
    private readonly object? _exitCodeBefore;
    private readonly HashSet<object?> _earlierErrors;

    private ForeignBlock(PSCmdlet cmdlet, ScriptBlock block)
    {
        _cmdlet = cmdlet;
        _endsWithProgram = EndsWithProgram(block);
        // All of them: what an earlier try left is taken out of the list, and with it any one that would mark the place.
        _earlierErrors = new HashSet<object?>(Errors()?.ToArray() ?? [], ReferenceEqualityComparer.Instance);
        // A program that ends as the one before it did is seen all the same.
        _exitCodeBefore = cmdlet.SessionState.PSVariable.GetValue(LastExitCode);
        cmdlet.SessionState.PSVariable.Set(LastExitCode, null);
    }

    /// <summary>Before the block runs.</summary>
    public static ForeignBlock Watch(PSCmdlet cmdlet, ScriptBlock block) => new(cmdlet, block);

    /// <summary>The block has run, however it ended.</summary>
    public void End()
    {
        if (_cmdlet.SessionState.PSVariable.GetValue(LastExitCode) is null)
            _cmdlet.SessionState.PSVariable.Set(LastExitCode, _exitCodeBefore);
    }

    /// <summary>Before <see cref="End"/>: the block ended by itself.</summary>
    /// <returns>Why its outcome is not known; null if nothing says that it failed.</returns>
    /// <exception cref="RuntimeException">It failed in a way after which it may run again, or must not be believed at all.</exception>
    public string? Look(HeldOutput held)
    {
        int exitCode = ExitCode();
        (SqliteCode Code, string Line)? said = held.StandardErrorLines.Select(Said).FirstOrDefault(line => line is not null);
        if (exitCode != 0)
        {
            // Given its SQL as an argument, sqlite3 stops at the first error and ends with the code; from standard input it goes on,
            // and ends with 1.
            var code = new SqliteCode(exitCode);
            if ((_endsWithProgram || said?.Code.PrimaryNumber == exitCode) && MayThrow(code))
                throw AsRuntimeException(code, said?.Line ?? Message.Of(Key.ReasonProgramEndedWith, exitCode));
            return said?.Line ?? Message.Of(Key.ReasonProgramEndedWith, exitCode);
        }

        return held.ErrorRecords.Count > 0 ? held.ErrorRecords[0].ToString() : said?.Line ?? Unshown();
    }

    /// <summary>Does the error say that nothing is committed, so that the block may run again? It ends the block then.</summary>
    public static bool MayRepeat(ErrorRecord error) => CodeOf(error) is { } code && MayThrow(code);

    /// <summary>What ended a block; sqlite3's exit code, where PowerShell makes an error of it, as an error of SQLite.</summary>
    public static RuntimeException Ended(ErrorRecord error) => new(
        error.Exception.Message, CodeOf(error) is { } code && IsOfProgram(error) ? AsSqlite(error, code) : error.Exception, error);

    private static bool MayThrow(SqliteCode code) => SqliteClassification.OfForeign(code, 0) != SqliteVerdict.Never;

    // What $PSNativeCommandUseErrorActionPreference makes of an exit code. The type is not there in every PowerShell.
    private static bool IsOfProgram(ErrorRecord error) => error.FullyQualifiedErrorId == "ProgramExitedWithNonZeroCode"
        && ForeignPools.Property(error.Exception, "Path") is string path && IsProgram(path);

    private static SqliteCode? CodeOf(ErrorRecord error) => IsOfProgram(error)
        ? ForeignPools.Property(error.Exception, "ExitCode") is int code ? new SqliteCode(code) : null
        : ForeignSqliteError.Find(error.Exception, ForeignPools.Property);

    private static Exception AsSqlite(ErrorRecord error, SqliteCode code) =>
        IsOfProgram(error) ? new SqliteProgramException(error.Exception.Message, code.Number) : error.Exception;

    private static RuntimeException AsRuntimeException(SqliteCode code, string text)
    {
        var error = new SqliteProgramException(text, code.Number);
        return new RuntimeException(text, error, new ErrorRecord(error, "SqliteProgramFailed", ErrorCategory.NotSpecified, null));
    }

    private int ExitCode() => _cmdlet.SessionState.PSVariable.GetValue(LastExitCode) is { } value
        && LanguagePrimitives.TryConvertTo(value, out int code) ? code : 0;

    private static (SqliteCode Code, string Line)? Said(string line) => ProgramError.Match(line) is { Success: true } match
        && int.TryParse(match.Groups["code"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int code)
            ? (new SqliteCode(code), line)
            : null;

    // Under SilentlyContinue an error is nowhere but here. One that the block has caught and cured is here as well; whether
    // it has is not known.
    private string? Unshown()
    {
        if (Errors() is not { } errors)
            return null;
        foreach (object? item in errors)
        {
            if (_earlierErrors.Contains(item))
                continue;
            Exception? error = item is ErrorRecord record ? record.Exception : item as Exception;
            if (error is not null && ForeignSqliteError.Find(error, ForeignPools.Property) is not null)
                return error.Message;
        }

        return null;
    }

    private ArrayList? Errors() => _cmdlet.SessionState.PSVariable.GetValue("global:Error") as ArrayList;

    // Is the exit code that of sqlite3 in any case? So it is where its pipeline comes last.
    private static bool EndsWithProgram(ScriptBlock block)
    {
        if (block.Ast is not ScriptBlockAst { EndBlock.Statements: { Count: > 0 } statements })
            return false;
        StatementAst last = statements[statements.Count - 1];
        while (last is AssignmentStatementAst assignment)
            last = assignment.Right;
        IReadOnlyList<CommandBaseAst>? elements = (last as PipelineAst)?.PipelineElements;
        return elements?[^1] is CommandAst command && command.GetCommandName() is { } name && IsProgram(name);
    }

    private static bool IsProgram(string path) =>
        string.Equals(Path.GetFileNameWithoutExtension(path), Program, StringComparison.OrdinalIgnoreCase);
}

/// <summary>The exit code of sqlite3 as an error that <see cref="ForeignSqliteError"/> reads.</summary>
internal sealed class SqliteProgramException(string message, int code) : Exception(message)
{
    public int SqliteErrorCode => code;
}
