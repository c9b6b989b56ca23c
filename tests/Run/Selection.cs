using System.Collections.Generic;
using System.IO;
using System.IO.Enumeration;
using System.Linq;

namespace ProcessDedup.Tests.Run;

/// <summary>Which suites run: all of them, the quick ones, or those that the caller names.</summary>
/// <param name="Names">
/// Parts of the names of xunit's tests, and whole names of Pester's suites without ".Tests.ps1", "*" allowed; none is everything.
/// </param>
internal sealed record Selection(IReadOnlyList<string> Names)
{
    // What needs few processes and no servers, with one suite for each of the module's and the locks' contracts.
    private static readonly string[] Quick =
        [".Retry.", ".Messages.", ".Records.", ".Report.", ".Holders.", "Module", "LockName", "EnterExit", "InvokeWithFileLock"];

    public bool IsAll => Names.Count == 0;

    /// <summary>From the arguments of the program: none, <c>quick</c>, or names.</summary>
    public static Selection From(string[] arguments) => new(arguments is ["quick"] ? Quick : arguments);

    /// <summary>For `dotnet test --filter`.</summary>
    public string DotnetFilter => string.Join('|', Names.Select(name => "FullyQualifiedName~" + name));

    /// <summary>The Pester suites, as files.</summary>
    public IReadOnlyList<string> PesterFiles(string root) =>
        [.. Directory.EnumerateFiles(Path.Combine(root, "tests", "Pester"), "*.Tests.ps1").Select(path => Path.GetFileName(path))
            .Where(file => Names.Any(name => FileSystemName.MatchesSimpleExpression(name + ".Tests.ps1", file))).Order()];
}
