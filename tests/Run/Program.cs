using System;
using ProcessDedup.Tests.Run;

// Runs every suite of the repository and adds their results up: `dotnet run --project tests/Run`.
// Needs nothing but the .NET SDK; where PowerShell is found, the module is built and its Pester suites run as well.

string root = Repository.Find();
var total = new Counts(0, 0, 0);

total += DotnetSuites.Run(root);
total += DotnetSuites.RunNetstandard(root);
total += PesterSuites.Run(root, out bool pesterRan);

Console.WriteLine();
if (!pesterRan)
    Console.WriteLine("The Pester suites did NOT run: PowerShell (pwsh) with Pester 5 was not found.");
Console.WriteLine($"{total.Passed} passed, {total.Failed} failed, {total.Skipped} skipped");
return total.Failed == 0 && total.Passed > 0 ? 0 : 1;
