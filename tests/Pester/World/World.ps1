# Dot-sourced before each example: the variables and functions that it takes for granted. What they do is real, and small.
[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
param([string] $Origin, [string] $Place, [string] $Shared)

$uri = "$Origin/tool.zip"
$feed = "$Origin/feed.json"
$file = 'downloaded.zip'
$sha256 = (Get-FileHash (Join-Path $Shared tool.zip) -Algorithm SHA256).Hash
$build = [pscustomobject]@{ Id = '4712'; Name = 'nightly' }
$queue = 4713..4715 | ForEach-Object { [pscustomobject]@{ Id = "$_" } }
$env:BUILD_ID = '4711'
$env:JOB_ID = 'job-4711'
$env:RUNNER_TEMP = $Place
$env:GITHUB_PATH = Join-Path $Place github-path
$env:SIGNING_KEY_FILE = Join-Path $Place ci.pem

function Update-Cache { Set-Content cache.txt "$PID" }
function Start-Cleanup { Remove-Item *.tmp }
function Search-Index { param([string] $Word) Select-String -Path *.csv -Pattern $Word -SimpleMatch }
function Update-Index { Get-ChildItem *.csv | ForEach-Object Name | Set-Content index.txt }
function Import-Row { param($File) Import-Csv $File | Out-Null }
function Start-Build { param($Build) Set-Content building.txt "$Build" }
function Get-Feed { [pscustomobject]@{ Title = 'News'; Count = 3 } }
# What stands for another SQLite module is a process of its own.
function Invoke-SqliteQuery {
    param([string] $DataSource, [string] $Query)
    procdedup sqlite $DataSource --query $Query
}
