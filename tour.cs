#!/usr/bin/env dotnet
#:property PublishAot=false
#:include tour/*.cs

// A tour of ProcessDedup for a machine that has the .NET SDK 10.0.300 or later and nothing else:
//
//     dotnet run tour.cs              builds the module, then shows what it is for
//     dotnet run tour.cs -- shell     builds the module, then opens a PowerShell that has it
//
// Everything below happens in real processes, started for this. Each scene ends with checks on what they did; if one of
// them fails, so does the tour.

using System;
using ProcessDedup.Tour;

if (Options.Parse(args) is not { } options)
    return Options.WrongUsage;

using var interruption = new Interruption();
using var screen = new Screen();
try
{
    var repository = new Repository();
    PowerShell powerShell = await PowerShell.FindAsync(repository, screen, interruption.Token);
    var module = new ModuleBuild(repository, powerShell, screen);
    if (options.Build)
        await module.BringUpToDateAsync(interruption.Token);
    if (options.Shell)
        return powerShell.RunShell(repository, interruption);

    using (await module.UseAsync(interruption.Token))
    await using (var stage = new Stage(repository, powerShell, screen, interruption.Token))
    {
        await OneDownload.PlayAsync(stage);
        await OneLock.PlayAsync(stage);
        await OneDatabase.PlayAsync(stage);
        await OneClaim.PlayAsync(stage);
        await OneResult.PlayAsync(stage);
        await Balance.DrawAsync(stage);
    }

    return screen.Conclude();
}
catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
{
    screen.Say("Interrupted: the tour's processes have ended, its files are gone.");
    return interruption.ExitCode;
}
catch (TourException e)
{
    screen.Fail(e.Message);
    return 2;
}
