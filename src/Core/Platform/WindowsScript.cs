using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Text;
using ProcessDedup.Messages;

namespace ProcessDedup.Platform;

/// <summary>Starts what Windows cannot start by itself: batch files by cmd.exe, PowerShell scripts by pwsh.</summary>
/// <remarks>
/// <para>CreateProcess hands a batch file to cmd.exe in silence, which reads its arguments by other rules than programs do: what was
/// quoted for a program can start another command (CVE-2024-24576, VU#123335). Here cmd.exe is named, with delayed expansion and
/// AutoRun off, every argument is quoted, quotes are doubled, and a percent sign is put behind a variable that is always empty, so
/// that no other one is expanded. A line break ends the line whatever surrounds it, so it is refused.</para>
/// <para>Sources: "cmd /?", and the documentation of Command in Rust's std::os::windows::process.</para>
/// </remarks>
internal static class WindowsScript
{
    public const string PowerShellExtension = ".ps1";

    private const int InvalidParameter = 87;

    // A substring of the current directory from the start up to nothing; then comes the sign itself.
    private const string Percent = "%%cd:~,%";

    /// <summary>The start of a program or script with these arguments.</summary>
    /// <exception cref="Win32Exception">An argument cannot be handed to a batch file.</exception>
    public static ProcessStartInfo Start(string program, IEnumerable<string> arguments)
    {
        string extension = OperatingSystemKind.IsWindows ? Path.GetExtension(program).ToUpperInvariant() : string.Empty;
        if (extension is ".BAT" or ".CMD")
            return new ProcessStartInfo(CommandProcessor(), BatchLine(program, arguments)) { UseShellExecute = false };
        if (extension.Equals(PowerShellExtension, StringComparison.OrdinalIgnoreCase)
            && (ExecutableSearch.Find("pwsh") ?? ExecutableSearch.Find("powershell")) is { } shell)
        {
            return new ProcessStartInfo(shell, ["-NoProfile", "-File", program, .. arguments]) { UseShellExecute = false };
        }

        return new ProcessStartInfo(program, arguments) { UseShellExecute = false };
    }

    // Not ComSpec: a variable must not choose the program that runs.
    private static string CommandProcessor() =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.System), "cmd.exe");

    /// <summary>What cmd.exe gets behind its name.</summary>
    public static string BatchLine(string script, IEnumerable<string> arguments)
    {
        var line = new StringBuilder("/e:ON /v:OFF /d /c \"");
        Append(line, script);
        foreach (string argument in arguments)
            Append(line.Append(' '), argument);
        return line.Append('"').ToString();
    }

    private static void Append(StringBuilder line, string argument)
    {
        if (argument.AsSpan().ContainsAny('\r', '\n', '\0'))
            throw new Win32Exception(InvalidParameter, Message.Of(Key.ReasonBatchArgumentHasLineBreak));
        line.Append('"');
        foreach (char c in argument)
        {
            _ = c switch
            {
                '"' => line.Append('\\', CountBefore(line)).Append("\"\""),
                '%' => line.Append(Percent),
                _ => line.Append(c),
            };
        }

        line.Append('\\', CountBefore(line)).Append('"');
    }

    // A program that the batch file starts reads two backslashes before a quote as one.
    private static int CountBefore(StringBuilder line)
    {
        int count = 0;
        while (line[line.Length - 1 - count] == '\\')
            count++;
        return count;
    }
}
