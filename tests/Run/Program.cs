using System;
using System.IO;
using System.Threading.Tasks;
using ProcessDedup.Tests.Run;

// Runs every suite of the repository and adds their results up: `dotnet run --project tests/Run`.
// Needs nothing but the .NET SDK: PowerShell and Pester come from the package feed.
// `-- quick` runs a subset that ends in two minutes, `-- wine` the build for Windows under Wine, `-- NAME…` what has one of these
// names.

string root = Repository.Find();
if (args is ["wine"])
    return Tell(WineSuites.Run(root));

Selection selection = Selection.From(args);
string? powerShell = PowerShellProgram.Find(root);
if (powerShell is null)
    Console.WriteLine("There is no PowerShell: no pwsh 7.4 or later on PATH, and 'dotnet tool restore' did not bring one.");
var pester = new PesterSuites(root, powerShell ?? string.Empty);
if (powerShell is null || !DotnetSuites.Build(root) || !pester.Build())
{
    Console.WriteLine("0 passed, 1 failed, 0 skipped");
    return 1;
}

// In two rows, as all mostly wait for other processes; what the second row prints comes when the first has ended.
using var printed = new StringWriter();
Task<Counts> beside = Task.Run(
    () => pester.Run(printed, selection) + (selection.IsAll
        ? DotnetSuites.RunServers(root, printed) + DotnetSuites.RunSystemSqlite(root, printed)
        : default));
Counts total = (selection.IsAll ? DotnetSuites.Run(root) : DotnetSuites.Run(root, selection)) + await beside;
Console.Write(printed);
if (selection.IsAll)
    total += WineSuites.RunIfAsked(root);
return Tell(total);

static int Tell(Counts total)
{
    Console.WriteLine();
    Console.WriteLine($"{total.Passed} passed, {total.Failed} failed, {total.Skipped} skipped");
    return total.Failed == 0 && total.Passed > 0 ? 0 : 1;
}
