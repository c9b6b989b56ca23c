BeforeAll {
    . (Join-Path $PSScriptRoot 'Setup.ps1')
    Get-CachedFetch -Key 'the <answer>' { param($d) Set-Content (Join-Path $d x) 42 } | Out-Null
    Get-CachedFetch -Key 'the <answer>' { throw 'once is enough' } | Out-Null
    $null = New-PSDrive Reports FileSystem $env:PROCESSDEDUP_HOME -Scope Global
}

AfterAll {
    Remove-PSDrive Reports -Scope Global -ErrorAction Ignore
    Remove-Item $env:PROCESSDEDUP_HOME -Recurse -Force -ErrorAction Ignore
}

Describe 'Get-DedupReport and Export-DedupReport' {
    It 'has the same figures as the statistics, by key, flight and time' {
        $report = Get-DedupReport
        $report.Totals.Answers | Should -Be (Get-DedupStatistic).Answers
        $report.Totals.Produced | Should -Be 1
        $report.Keys.Source | Should -Be 'the <answer>'
        $report.Keys.Answers | Should -Be 2
        $report.Participants.ProcessId | Should -Be $PID
        ($report.Columns.Answers | Measure-Object -Sum).Sum | Should -Be 2
    }

    It 'has views' {
        $report = Get-DedupReport
        $text = $report | Out-String
        $text | Should -Match 'Without work\s+: 50 %'
        $text | Should -Match 'Keys\s+: 1 listed, 0 more'
        ($report.Keys | Out-String) | Should -Match 'Time saved\s+Bytes saved\s+Answers\s+Made\s+Waits\s+Source'
        ($report.Flights | Out-String) | Should -Match 'Began\s+Took\s+Waiters\s+Waited\s+Source'
    }

    It 'writes a page at a path of PowerShell and returns the file' {
        $file = Export-DedupReport Reports:/page.html -PassThru
        $file | Should -BeOfType IO.FileInfo
        $page = Get-Content -LiteralPath $file.FullName -Raw
        $page | Should -Match 'the &lt;answer&gt;'
        $page | Should -Not -Match '<answer>|<script|https?://'
    }

    It 'replaces a page as asked, and writes nothing with -WhatIf' {
        $page = Join-Path $env:PROCESSDEDUP_HOME again.html
        Export-DedupReport $page -WhatIf
        Test-Path $page | Should -BeFalse
        Export-DedupReport $page
        { Export-DedupReport $page -NoClobber } | Should -Throw -ErrorId 'FileExists,*'
        Set-Content $page 'old'
        Set-ItemProperty $page IsReadOnly $true
        { Export-DedupReport $page } | Should -Throw -ErrorId 'FileIsReadOnly,*'
        Get-Content $page | Should -Be 'old'
        Export-DedupReport $page -Force
        Get-Content $page -Raw | Should -Match '<html'
    }

    It 'counts from a moment on' {
        (Get-DedupReport -Since (Get-Date).AddMinutes(-10)).Totals.Answers | Should -Be 2
        (Get-DedupReport -Since (Get-Date).AddDays(1)).Totals.Answers | Should -Be 0
        (Get-DedupReport -Since ([datetime]::MinValue)).Totals.Answers | Should -Be 2
        (Get-DedupReport -Since ([datetime]::MaxValue)).Totals.Answers | Should -Be 0
        { Get-DedupReport -Since 'long ago' } | Should -Throw -ErrorId 'CannotConvertArgumentNoMessage,*'
    }

    It 'names a place that will not do' {
        { Export-DedupReport (Join-Path $env:PROCESSDEDUP_HOME missing/report.html) } | Should -Throw -ErrorId 'DestinationInvalid,*'
        { Export-DedupReport $env:PROCESSDEDUP_HOME } | Should -Throw -ErrorId 'DestinationInvalid,*'
        { Export-DedupReport Env:x } | Should -Throw -ErrorId 'DestinationInvalid,*'
        { Export-DedupReport '' } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }
}

Describe 'A listener in PowerShell' {
    It 'hears what cmdlets measure, in the default load context' {
        Add-Type -ErrorAction Stop @'
using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.Metrics;
public sealed class DedupListening : IDisposable
{
    private readonly MeterListener _meters = new MeterListener();
    private readonly ActivityListener _activities = new ActivityListener();
    public ConcurrentQueue<string> Heard { get; } = new ConcurrentQueue<string>();
    public DedupListening()
    {
        _meters.InstrumentPublished = (i, l) => { if (i.Meter.Name == "ProcessDedup") l.EnableMeasurementEvents(i); };
        _meters.SetMeasurementEventCallback<long>((i, v, t, s) => Heard.Enqueue(i.Name));
        _meters.SetMeasurementEventCallback<double>((i, v, t, s) => Heard.Enqueue(i.Name));
        _meters.Start();
        _activities.ShouldListenTo = s => s.Name == "ProcessDedup";
        _activities.Sample = (ref ActivityCreationOptions<ActivityContext> o) => ActivitySamplingResult.AllData;
        _activities.ActivityStopped = a => Heard.Enqueue(a.OperationName + " " + (a.GetTagItem("procdedup.lock.name") ?? a.GetTagItem("procdedup.cache.source")));
        ActivitySource.AddActivityListener(_activities);
    }
    public void Dispose() { _meters.Dispose(); _activities.Dispose(); }
}
'@
        $listening = [DedupListening]::new()
        try {
            Invoke-WithFileLock heard { }
            $null = Get-CachedFetch -Key 'heard' { param($d) Set-Content (Join-Path $d x) 1 }
            $null = Add-Claim builds one
            $script:tries = 0
            Invoke-WithRetry -MaxAttempts 2 -InitialDelayMs 1 { if (++$script:tries -lt 2) { throw 'again' } }
            foreach ($name in @(
                    'procdedup.lock.requests', 'procdedup.lock.hold.duration', 'procdedup.lock.hold heard', 'procdedup.cache.answers',
                    'procdedup.cache.work.duration', 'procdedup.fetch heard', 'procdedup.sqlite.transaction.duration', 'procdedup.claims', 'procdedup.retries')) {
                $listening.Heard | Should -Contain $name
            }
        }
        finally {
            $listening.Dispose()
        }
    }
}
