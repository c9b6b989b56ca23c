using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using System.Text;
using ProcessDedup.Cli;
using ProcessDedup.Cmdlets;
using ProcessDedup.Platform;
using ProcessDedup.Tests.Harness;

namespace ProcessDedup.Tests.Messages;

/// <summary>All messages as a text that people can read and review.</summary>
internal static class MessageList
{
    public static string File { get; } = Path.Combine(Programs.Repository, "tests", "Core.Tests", "Messages", "messages.snapshot.txt");

    public static string Render()
    {
        var text = new StringBuilder(
            """
            Every error, as `ErrorId (category, exit code) factory`, then its target, its cause and its next step.
            Errors that only the cmdlets have come last, without an exit code.
            Words in capitals stand for what the caller gave. MessageSnapshotTests compares this file.

            """.ReplaceLineEndings("\n"));
        var known = new HashSet<string>();
        foreach ((MethodInfo factory, DedupException e) in MessageSamples.All())
            Add(factory, $"{e.ErrorId} ({ErrorCategories.Of(e)}, {ExitCode.Of(e)})", e.Target, e.Cause, e.NextStep);
        foreach ((MethodInfo factory, CmdletError e) in MessageSamples.OfCmdlets())
            Add(factory, $"{e.Id} ({e.Category})", e.Target.Length > 0 ? e.Target : "(nothing)", e.Cause, e.Next);
        return text.ToString();

        void Add(MethodInfo factory, string head, string target, string cause, string next)
        {
            string entry = $"""

                {head} {factory.DeclaringType!.Name}.{factory.Name}
                  {target}
                  {cause}
                  > {next}

                """.ReplaceLineEndings("\n");
            // Whoever runs the tests.
            entry = entry.Replace($"opened by {UserNames.Current}:", "opened by USER:", StringComparison.Ordinal);
            entry = entry.Replace($"stopped by {UserNames.Current}.", "stopped by USER.", StringComparison.Ordinal);
            if (known.Add(entry))
                text.Append(entry);
        }
    }
}
