# What a call of Invoke-WithFileLock costs: medians in µs, the contenders in turn so that noise hits them alike.
param([string] $Module, [int] $Rounds, [int] $Calls)
$ErrorActionPreference = 'Stop'
Import-Module $Module
Add-Type -PassThru -TypeDefinition @'
using System.Management.Automation;
[Cmdlet("Invoke", "Nothing")]
public sealed class InvokeNothing : PSCmdlet
{
    [Parameter(Position = 0)] public string[] Name { get; set; }
    [Parameter(Position = 1)] public ScriptBlock ScriptBlock { get; set; }
}
'@ | ForEach-Object { Import-Module $_.Assembly }

$contenders = [ordered]@{
    cmdlet = { param($n) for ($i = 0; $i -lt $n; $i++) { Invoke-WithFileLock bench {} } }
    block = { param($n) for ($i = 0; $i -lt $n; $i++) { & {} } }
    nothing = { param($n) for ($i = 0; $i -lt $n; $i++) { Invoke-Nothing bench {} } }
}
$times = @{}
foreach ($name in $contenders.Keys) {
    $times[$name] = [System.Collections.Generic.List[double]]::new()
    1..3 | ForEach-Object { & $contenders[$name] $Calls; Start-Sleep -Milliseconds 120 }
}
$watch = [System.Diagnostics.Stopwatch]::new()
for ($round = 0; $round -lt $Rounds; $round++) {
    foreach ($name in $contenders.Keys) {
        $watch.Restart()
        & $contenders[$name] $Calls
        $times[$name].Add($watch.Elapsed.TotalMilliseconds * 1000 / $Calls)
    }
}
foreach ($name in $contenders.Keys) {
    $times[$name].Sort()
    [string]::Format([cultureinfo]::InvariantCulture, '{0} {1:F3}', $name, $times[$name][[int][Math]::Floor($Rounds / 2)])
}
