using System.Collections.Generic;
using ProcessDedup.Claims;
using ProcessDedup.Fetch;
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

    /// <summary>A substituter is asked.</summary>
    public static Followed BeginSubstitution(SubstituterAddress address, string name)
    {
        Followed asked = Followed.Begin("procdedup.substitution");
        return asked.IsTold
            ? asked.With("procdedup.substituter.place", address.Display).With("procdedup.cache.source", FetchFailures.PublicName(name))
            : asked;
    }

    /// <summary>A substituter has answered, or was not asked.</summary>
    /// <param name="activity">From <see cref="BeginSubstitution"/>.</param>
    /// <param name="kind">Of the substituter.</param>
    /// <param name="result">"found", "absent", "paused", "dead", "refused" or "error".</param>
    public static void Substituted(Followed activity, SubstituterKind kind, string result)
    {
        var of = new KeyValuePair<string, object?>("procdedup.substituter.kind", NameOf(kind));
        var answer = new KeyValuePair<string, object?>("procdedup.substituter.result", result);
        Instruments.Substitutions.Add(1, of, answer);
        activity.With(of).With(answer);
    }

    /// <summary>A key was asked for.</summary>
    public static Followed BeginClaim(string name) => Followed.Begin("procdedup.claim").With("procdedup.claim.namespace", name);

    /// <summary>Somebody got it.</summary>
    public static void Claimed(Followed activity, ClaimResult claim)
    {
        string outcome = claim.Outcome == ClaimOutcome.Won ? "won" : "lost";
        if (Instruments.Claims.Enabled)
            Instruments.Claims.Add(1, new KeyValuePair<string, object?>("procdedup.claim.outcome", outcome));
        activity.With("procdedup.claim.outcome", outcome);
    }

    private static string NameOf(SubstituterKind kind) => kind switch
    {
        SubstituterKind.Directory => "directory",
        SubstituterKind.Http => "http",
        _ => "s3",
    };
}
