using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Text;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Cmdlets;

/// <summary>What a block gave or failed with, as files that other processes read (CLIXML, as Export-Clixml writes it).</summary>
internal static class OnceResultFiles
{
    private const string OutputFile = "output.clixml";
    private const string FailureFile = "failure.clixml";

    /// <summary>Keeps what a block gave; objects come back as Import-Clixml gives them.</summary>
    /// <returns>What would come back cut; null if it is as it was given.</returns>
    public static OnceObjectCut? WriteOutput(string directory, IReadOnlyList<PSObject?> output, int depth)
    {
        // One level more for the list itself.
        string text = PSSerializer.Serialize(output.ToArray(), depth + 1);
        File.WriteAllText(Path.Combine(directory, OutputFile), text, new UTF8Encoding(false));
        return output.All(item => item is null or { BaseObject: string }) ? null : OnceObjectCut.Find(output, Objects(text).ToList());
    }

    public static IEnumerable<object?> ReadOutput(string directory) => Objects(File.ReadAllText(Path.Combine(directory, OutputFile)));

    private static IEnumerable<object?> Objects(string text)
    {
        object? all = PSSerializer.Deserialize(text);
        return (all is PSObject wrapped ? wrapped.BaseObject : all) is IEnumerable list ? list.Cast<object?>().Select(new OnceObjects().Revive) : [];
    }

    /// <summary>Keeps an error for those who wait.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="failure">The error.</param>
    /// <param name="printed">The last lines that the block had printed; without secrets.</param>
    public static void WriteFailure(string directory, ErrorRecord failure, string printed) => File.WriteAllText(
        Path.Combine(directory, FailureFile),
        PSSerializer.Serialize(new Hashtable
        {
            ["Message"] = RedactedCommandLine.OfOutput(failure.Exception.Message),
            ["Id"] = failure.FullyQualifiedErrorId.Split(',')[0],
            ["Next"] = failure.ErrorDetails?.RecommendedAction,
            ["Category"] = failure.CategoryInfo.Category.ToString(),
            ["Target"] = failure.TargetObject?.ToString(),
            ["Printed"] = printed,
            ["Thrown"] = failure.Exception is RuntimeException { WasThrownFromThrowStatement: true },
        }),
        new UTF8Encoding(false));

    public static ErrorRecord ReadFailure(string directory, string leader)
    {
        var kept = (Hashtable)((PSObject)PSSerializer.Deserialize(File.ReadAllText(Path.Combine(directory, FailureFile)))).BaseObject;
        var category = (ErrorCategory)Enum.Parse(typeof(ErrorCategory), (string)Unwrap(kept["Category"])!);
        var next = Unwrap(kept["Next"]) as string;
        // The next step follows by itself.
        string text = ShownError.Details((string)Unwrap(kept["Message"])!, next).Message;
        // What the error itself does not say; results of earlier versions have none.
        if (Unwrap(kept["Printed"]) is string { Length: > 0 } printed && !text.Contains(printed, StringComparison.Ordinal))
            text = Message.Of(Key.ReasonItHadPrinted, text, printed);
        // What ends the script of the one that ran it ends the scripts of the others.
        var exception = new RuntimeException(text) { WasThrownFromThrowStatement = Unwrap(kept["Thrown"]) is true };
        return new ErrorRecord(exception, (string)Unwrap(kept["Id"])!, category, Unwrap(kept["Target"]))
        {
            ErrorDetails = ShownError.Details(Message.Of(Key.NoticeItHappenedInAnother, text, leader), next),
        };
    }

    private static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
