using System.Collections.Generic;
using System.Diagnostics;
using ProcessDedup.Claims;
using ProcessDedup.Substituters;

namespace ProcessDedup.Telemetry;

/// <summary>What is measured of retries, substituters and claims.</summary>
internal static class WorkMeasures
{
    /// <summary>Another attempt will be made.</summary>
    /// <param name="of">What is tried again: "download" or "block".</param>
    public static void Retried(string of)
    {
        if (Instruments.Retries.Enabled)
            Instruments.Retries.Add(1, new KeyValuePair<string, object?>("procdedup.retry.of", of));
    }

    /// <summary>A substituter is asked; null if nobody follows activities.</summary>
    public static Activity? BeginSubstitution(SubstituterAddress address, string name) => Instruments.Activities.HasListeners()
        ? Instruments.Activities.StartActivity("procdedup.substitution")
            ?.SetTag("procdedup.substituter.place", address.Display).SetTag("procdedup.cache.source", name)
        : null;

    /// <summary>A substituter has answered, or was not asked.</summary>
    /// <param name="activity">From <see cref="BeginSubstitution"/>.</param>
    /// <param name="kind">Of the substituter.</param>
    /// <param name="result">"found", "absent", "paused", "dead", "refused" or "error".</param>
    public static void Substituted(Activity? activity, SubstituterKind kind, string result)
    {
        var answer = new KeyValuePair<string, object?>("procdedup.substituter.result", result);
        if (Instruments.Substitutions.Enabled)
            Instruments.Substitutions.Add(1, new("procdedup.substituter.kind", NameOf(kind)), answer);
        activity?.SetTag("procdedup.substituter.kind", NameOf(kind)).SetTag(answer.Key, result);
    }

    /// <summary>A key was asked for; null if nobody follows activities.</summary>
    public static Activity? BeginClaim(string name) => Instruments.Activities.HasListeners()
        ? Instruments.Activities.StartActivity("procdedup.claim")?.SetTag("procdedup.claim.namespace", name)
        : null;

    /// <summary>Somebody got it.</summary>
    public static void Claimed(Activity? activity, ClaimResult claim)
    {
        string outcome = claim.Outcome == ClaimOutcome.Won ? "won" : "lost";
        if (Instruments.Claims.Enabled)
            Instruments.Claims.Add(1, new KeyValuePair<string, object?>("procdedup.claim.outcome", outcome));
        activity?.SetTag("procdedup.claim.outcome", outcome);
    }

    private static string NameOf(SubstituterKind kind) => kind switch
    {
        SubstituterKind.Directory => "directory",
        SubstituterKind.Http => "http",
        _ => "s3",
    };
}
