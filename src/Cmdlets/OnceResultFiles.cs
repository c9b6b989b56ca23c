using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Text;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>What a block gave or failed with, as files that other processes read (CLIXML, as Export-Clixml writes it).</summary>
internal static class OnceResultFiles
{
    private const string OutputFile = "output.clixml";
    private const string FailureFile = "failure.clixml";

    /// <summary>Keeps what a block gave; objects come back as Import-Clixml gives them.</summary>
    public static void WriteOutput(string directory, IEnumerable<PSObject> output, int depth) => File.WriteAllText(
        // One level more for the list itself.
        Path.Combine(directory, OutputFile), PSSerializer.Serialize(output.ToArray(), depth + 1), new UTF8Encoding(false));

    public static IEnumerable<object?> ReadOutput(string directory)
    {
        object? all = PSSerializer.Deserialize(File.ReadAllText(Path.Combine(directory, OutputFile)));
        return (all is PSObject wrapped ? wrapped.BaseObject : all) is IEnumerable list ? list.Cast<object?>() : [];
    }

    public static void WriteFailure(string directory, ErrorRecord failure) => File.WriteAllText(
        Path.Combine(directory, FailureFile),
        PSSerializer.Serialize(new Hashtable
        {
            ["Message"] = failure.Exception.Message,
            ["Id"] = failure.FullyQualifiedErrorId.Split(',')[0],
            ["Next"] = failure.ErrorDetails?.RecommendedAction,
            ["Category"] = failure.CategoryInfo.Category.ToString(),
            ["Target"] = failure.TargetObject?.ToString(),
        }),
        new UTF8Encoding(false));

    public static ErrorRecord ReadFailure(string directory, string leader)
    {
        var kept = (Hashtable)((PSObject)PSSerializer.Deserialize(File.ReadAllText(Path.Combine(directory, FailureFile)))).BaseObject;
        var category = (ErrorCategory)Enum.Parse(typeof(ErrorCategory), (string)Unwrap(kept["Category"])!);
        return new ErrorRecord(new RuntimeException($"{Unwrap(kept["Message"])}"), (string)Unwrap(kept["Id"])!, category, Unwrap(kept["Target"]))
        {
            ErrorDetails = new ErrorDetails(Message.Of(Key.NoticeItHappenedInAnother, Unwrap(kept["Message"]), leader)) { RecommendedAction = Unwrap(kept["Next"]) as string },
        };
    }

    private static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
