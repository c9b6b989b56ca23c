using System;
using System.Collections.Generic;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>The log that this process writes to: whose it is, and how a notice stands out in it.</summary>
public static class JobLog
{
    /// <summary>Does a build system read what is written? Progress bars would be a line for each step there.</summary>
    public static bool IsOfBuildSystem => IsSet("CI") || IsGitHub || IsAzure;

    private static bool IsGitHub => Environment.GetEnvironmentVariable("GITHUB_ACTIONS") == "true";

    private static bool IsAzure => IsSet("TF_BUILD");

    /// <summary>
    /// The same for all processes of one job, or where no build system tells of jobs, of all that write to the same file or pipe.
    /// </summary>
    /// <param name="descriptor">1 for standard output, 2 for standard error.</param>
    public static string Identity(int descriptor)
    {
        string[] variables = IsGitHub ? ["GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT", "GITHUB_JOB", "RUNNER_NAME"]
            : IsAzure ? ["BUILD_BUILDID", "SYSTEM_JOBID", "AGENT_NAME"]
            : ["CI_JOB_ID", "BUILD_TAG"];
        var parts = new List<string>();
        foreach (string variable in variables)
        {
            if (IsSet(variable))
                parts.Add(variable + "=" + Environment.GetEnvironmentVariable(variable));
        }

        if (parts.Count > 0)
            return string.Join("\n", parts);
        return OperatingSystemKind.IsLinux && SymbolicLinks.TryRead($"/proc/self/fd/{descriptor}") is { } file
            ? file
            : "PID " + ProcessIdentity.CurrentProcessId();
    }

    /// <summary>
    /// A line that the build system shows as a notice (GitHub Actions: an annotation; Azure Pipelines: a section's colour); in any
    /// other log the line as it is. What others wrote into it, such as a holder's reason, cannot become a command to the build system.
    /// </summary>
    public static string Notice(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string line = RedactedCommandLine.Sanitize(text);
        if (!IsGitHub && !IsAzure)
            return line;
        // Both look for their commands anywhere in a line: ##[add-mask], ##vso[task.setvariable].
        line = line.Replace("##", "# #");
        return IsGitHub ? "::notice title=procdedup::" + line.Replace("%", "%25") : "##[section]" + line;
    }

    /// <summary>
    /// A line of text in whatever log. What others wrote into it, such as a holder's reason, cannot become a command to the
    /// build system, whose commands stand at the beginning of a line (GitHub Actions) or anywhere in it (Azure Pipelines).
    /// </summary>
    public static string Line(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string line = RedactedCommandLine.Sanitize(text).Replace("##", "# #", StringComparison.Ordinal);
        return line.StartsWith("::", StringComparison.Ordinal) ? " " + line : line;
    }

    private static bool IsSet(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));
}
