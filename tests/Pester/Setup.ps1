# Dot-sourced by every suite: the built module and a lock root of the suite's own.
. (Join-Path $PSScriptRoot 'Peer.ps1')
Import-Module $env:PROCESSDEDUP_TEST_MODULE -ErrorAction Stop
$env:PROCESSDEDUP_HOME = Join-Path ([IO.Path]::GetTempPath()) "procdedup-pester-$([guid]::NewGuid().ToString('N'))"
