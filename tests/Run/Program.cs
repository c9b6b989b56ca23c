using System;
using System.IO;
using System.Threading.Tasks;
using ProcessDedup.Tests.Run;

// Runs every suite of the repository and adds their results up: `dotnet run --project tests/Run`.
// Needs nothing but the .NET SDK; where PowerShell is found, the module is built and its Pester suites run as well.

string root = Repository.Find();
if (!DotnetSuites.Build(root))
{
    Console.WriteLine("0 passed, 1 failed, 0 skipped");
    return 1;
}

// In two rows, as all mostly wait for other processes; what the second row prints comes when the first has ended.
var pester = new PesterSuites(root);
using var printed = new StringWriter();
Task<Counts> beside = Task.Run(
    () => pester.Run(printed) + DotnetSuites.RunServers(root, printed));
Counts total = DotnetSuites.Run(root) + await beside;
Console.Write(printed);

Console.WriteLine();
if (!pester.Ran)
    Console.WriteLine("The Pester suites did NOT run: PowerShell (pwsh) with Pester 5 was not found.");
Console.WriteLine($"{total.Passed} passed, {total.Failed} failed, {total.Skipped} skipped");
return total.Failed == 0 && total.Passed > 0 ? 0 : 1;
