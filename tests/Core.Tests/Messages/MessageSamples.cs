using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Reflection;
using ProcessDedup.Claims;
using ProcessDedup.Cmdlets;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Locks;
using ProcessDedup.Platform;
using ProcessDedup.Retry;
using ProcessDedup.Sqlite;
using ProcessDedup.Store;
using ProcessDedup.Substituters;
using Xunit;

namespace ProcessDedup.Tests.Messages;

/// <summary>
/// Every error that there can be: each method of a *Failures class is called with sample values, and then again with each
/// other value that a parameter's type makes interesting, so that every branch of a text comes up.
/// </summary>
internal static class MessageSamples
{
    private static readonly LockHolder Holder = new() { ProcessId = 4711, User = "ci", CommandLine = "dotnet restore" };

    private static readonly RegisteredName Registered = new()
    {
        Namespace = "builds",
        Owner = "Team A",
        RegisteredBy = "ci@agent",
        Since = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
    };

    private static readonly string[] Rules = ["*busy*", ""];

    /// <summary>One of each kind that the texts tell apart.</summary>
    private static readonly int[] CodeNumbers = [5, 6, 1, 8, 11, 13, 14, 4874, 5898, 10, 19, 26, 21];

    /// <summary>What a sentence in an error of the system says is the system's; this stands for it.</summary>
    private static readonly IOException Inner = new("the reason below");

    public static IEnumerable<(MethodInfo Factory, DedupException Error)> All() => Of<DedupException>(typeof(DedupException).Assembly);

    /// <summary>Those that only the cmdlets have.</summary>
    public static IEnumerable<(MethodInfo Factory, CmdletError Error)> OfCmdlets() => Of<CmdletError>(typeof(CmdletError).Assembly);

    private static IEnumerable<(MethodInfo Factory, T Error)> Of<T>(Assembly assembly) =>
        from type in assembly.GetTypes()
        where type.Name.EndsWith("Failures", StringComparison.Ordinal)
        orderby type.Name
        from factory in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly)
        where typeof(T).IsAssignableFrom(factory.ReturnType)
        orderby factory.Name, factory.GetParameters().Length
        from values in Variations(factory.GetParameters())
        select (factory, (T)factory.Invoke(null, values)!);

    /// <summary>The first sample of each parameter; then for each parameter the others.</summary>
    private static IEnumerable<object?[]> Variations(ParameterInfo[] parameters)
    {
        object?[][] samples = parameters.Select(p => Of(p).ToArray()).ToArray();
        object?[] first = samples.Select(s => s[0]).ToArray();
        yield return first;
        for (int i = 0; i < samples.Length; i++)
        {
            foreach (object? other in samples[i].Skip(1))
            {
                object?[] varied = (object?[])first.Clone();
                varied[i] = other;
                yield return varied;
            }
        }
    }

    private static IEnumerable<object?> Of(ParameterInfo parameter)
    {
        IEnumerable<object?> samples = OfType(parameter);
        return new NullabilityInfoContext().Create(parameter).ReadState == NullabilityState.Nullable ? samples.Append(null) : samples;
    }

    private static IEnumerable<object?> OfType(ParameterInfo parameter)
    {
        Type type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        // Texts that come from elsewhere begin or end a sentence; the samples name the place that they have in it.
        if (type == typeof(string))
        {
            return parameter.Name switch
            {
                "fingerprint" => ["0123456789ab0123"],
                "said" => ["SAID", string.Empty],
                // What is to be typed is made of its parts.
                "place" or "coordinator" => ["postgresql://ci@db.example:5432/agents"],
                _ => [parameter.Name!.ToUpperInvariant()],
            };
        }

        if (type == typeof(object))
            return [parameter.Name!.ToUpperInvariant()];
        if (type == typeof(int))
            return [3, 1, 0];
        if (type == typeof(long))
            return [3_000_000L];
        if (type == typeof(bool))
            return [false, true];
        if (type.IsEnum)
            return Enum.GetValues(type).Cast<object>();
        if (type == typeof(TimeSpan))
            return [TimeSpan.FromSeconds(1.5)];
        if (type == typeof(DateTimeOffset))
            return [new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)];
        if (type == typeof(Exception))
            return [Inner];
        if (type == typeof(IReadOnlyList<string>) || type == typeof(IReadOnlyCollection<string>))
            return [new[] { "FIRST", "SECOND" }, Array.Empty<string>()];
        if (type == typeof(ContentHash))
            return [ContentHash.OfSha256(new string(parameter.Name == "found" ? 'f' : 'e', 64))];
        if (type == typeof(SqliteCode))
            return Codes().Cast<object>();
        return type == typeof(PlatformException) ? PlatformErrors() : Things(type);
    }

    private static IEnumerable<object?> Things(Type type)
    {
        if (type == typeof(LockStatus))
            return [new LockStatus { Holders = [Holder] }, new LockStatus(), new LockStatus { Holders = [Holder, Holder, Holder] }];
        if (type == typeof(LockHolder))
            return [Holder with { Host = "agent7" }];
        if (type == typeof(string[]))
            return [Rules];
        if (type == typeof(ScriptBlock))
            return [null];
        if (type == typeof(ArgumentException))
            return [Assert.Throws<ArgumentException>(() => new RetryRules([string.Empty]))];
        if (type == typeof(RetryExhaustedException))
            return [new RetryExhaustedException(3, TimeSpan.FromSeconds(1.5), Inner), new RetryExhaustedException(1, TimeSpan.Zero, Inner)];
        if (type == typeof(RegisteredName))
            return [Registered, Registered with { Purpose = "nightly builds" }];
        if (type == typeof(Claim))
            return [new Claim { Namespace = "builds", Key = "KEY", Owner = new ClaimOwner { ProcessId = 4711, User = "ci", Machine = Environment.MachineName, CommandLine = "pwsh" } }];
        if (type == typeof(HttpAttemptException))
            return HttpErrors();
        if (type == typeof(FetchException))
            return [FetchFailures.Offline("ORIGIN")];
        if (type == typeof(IReadOnlyList<FetchException>))
            return [new[] { FetchFailures.Offline("FIRST"), FetchFailures.Offline("SECOND") }];
        if (type == typeof(SubstituterFault))
            return [SubstituterFault.Dead("it is dead"), SubstituterFault.Refused("it refuses"), SubstituterFault.Artifact("it is wrong")];
        if (type == typeof(SqlitePlace))
            return [SqlitePlace.Of("queue.db")];
        if (type == typeof(MaintenanceStatement))
            return [new MaintenanceStatement("VACUUM"), new MaintenanceStatement("VACUUM INTO 'copy.db'")];
        if (type == typeof(SqliteFault))
            return Codes().Select(code => new SqliteFault(code, SqliteStage.Commit, true, "sqlite's words"));
        if (type == typeof(SqliteObstacle))
        {
            var holder = new SqliteLockHolder { ProcessId = 4711, User = "ci", CommandLine = "python3 job.py", Lock = SqliteLockKind.Reserved };
            return [SqliteObstacle.Nobody(), SqliteObstacle.HeldBy([holder]), SqliteObstacle.HeldBy(Enumerable.Repeat(holder, 7).ToList())];
        }

        Assert.Fail($"{nameof(MessageSamples)} has no samples of {type.Name}, which a method of a *Failures class takes: add some.");
        return [];
    }

    private static IEnumerable<object> PlatformErrors() =>
        Enum.GetValues<PlatformFault>().Select(fault => new PlatformException(fault, "open", "/srv/file", 5, "the system's reason"));

    private static IEnumerable<object> HttpErrors() =>
        Enum.GetValues<FetchError>().Where(e => e.ToString().StartsWith("Fetch", StringComparison.Ordinal))
            .Select(e => new HttpAttemptException(e, "the origin's answer", mayPass: false))
            .Append(new HttpAttemptException(FetchError.FetchAccessDenied, "the proxy's answer", mayPass: false) { Status = 407 })
            .Concat(Enum.GetValues<NegotiateOffer>().Select(offer =>
                new HttpAttemptException(FetchError.FetchAccessDenied, "the origin's answer", mayPass: false) { Status = 401, Negotiate = offer }));

    private static IEnumerable<SqliteCode> Codes() => CodeNumbers.Select(number => new SqliteCode(number));
}
