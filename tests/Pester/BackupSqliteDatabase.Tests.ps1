BeforeAll {
    . $PSScriptRoot/Setup.ps1
    $database = Join-Path $TestDrive 'ein Büro.db'
    $null = Invoke-SqliteRetry -Path $database 'CREATE TABLE t(v)'
    $null = Invoke-SqliteRetry -Path $database 'INSERT INTO t VALUES(1)'
}

Describe 'Backup-SqliteDatabase' {
    It 'says what it made, and a table shows it' {
        $backup = Join-Path $TestDrive 'b.db'
        $result = Backup-SqliteDatabase $database $backup
        $result.Destination | Should -Be $backup
        $result.Size | Should -Be (Get-Item $backup).Length
        $result | Out-String -Width 300 | Should -Match 'Size\s+Took\s+Waited\s+Destination'
        (Invoke-SqliteRetry -Path $backup 'SELECT v FROM t').v | Should -Be 1
    }

    It 'does nothing with -WhatIf' {
        Backup-SqliteDatabase $database (Join-Path $TestDrive 'whatif.db') -WhatIf | Should -BeNullOrEmpty
        Join-Path $TestDrive 'whatif.db' | Should -Not -Exist
    }

    It 'takes files through the pipeline into a directory, relative to where the script is' {
        Push-Location $TestDrive
        try {
            $null = New-Item -ItemType Directory backups
            (Get-ChildItem 'ein Büro.db' | Backup-SqliteDatabase -Destination backups).Destination | Should -Be (Join-Path $TestDrive 'backups/ein Büro.db')
            (Backup-SqliteDatabase 'ein Büro.db' relative.db).Destination | Should -Be (Join-Path $TestDrive 'relative.db')
        }
        finally {
            Pop-Location
        }
    }

    It 'has errors of its own' {
        $backup = Join-Path $TestDrive 'b.db'
        { Backup-SqliteDatabase $database $backup -NoClobber } | Should -Throw -ErrorId 'SqliteBackupTargetExists,*'
        { Backup-SqliteDatabase $database $database } | Should -Throw -ErrorId 'SqliteOptionsInvalid,*'
        { Backup-SqliteDatabase (Join-Path $TestDrive 'none.db') $backup } | Should -Throw -ErrorId 'SqliteCannotOpen,*'
        { Backup-SqliteDatabase Env:PATH $backup } | Should -Throw -ErrorId 'SqlitePathInvalid,*'
        { Backup-SqliteDatabase '' $backup } | Should -Throw -ErrorId 'SqlitePathInvalid,*'
        { Backup-SqliteDatabase $database '' } | Should -Throw -ErrorId 'SqlitePathInvalid,*'
    }
}

Describe 'Invoke-SqliteRetry -NoTransaction' {
    It 'gives the rows of each statement, and is not called committed' {
        $rows = Invoke-SqliteRetry -Path $database -NoTransaction 'VACUUM; PRAGMA integrity_check; PRAGMA wal_checkpoint'
        $rows[0].integrity_check | Should -Be 'ok'
        $rows[1].busy | Should -Be 0
        (Invoke-SqliteRetry -Path $database -NoTransaction 'VACUUM' -PassThru).Outcome | Should -Be 'Completed'
        Invoke-SqliteRetry -Path $database -NoTransaction 'PRAGMA user_version=9' -WhatIf
        (Invoke-SqliteRetry -Path $database 'PRAGMA user_version').user_version | Should -Be 0
    }

    It 'copies into a file that a value names' {
        Invoke-SqliteRetry -Path $database -NoTransaction 'VACUUM INTO @to' @{ to = Join-Path $TestDrive 'into.db' }
        (Invoke-SqliteRetry -Path (Join-Path $TestDrive 'into.db') 'SELECT v FROM t').v | Should -Be 1
    }

    It 'refuses what a second run would do twice' {
        { Invoke-SqliteRetry -Path $database -NoTransaction 'INSERT INTO t VALUES(2)' } | Should -Throw -ErrorId 'SqliteOptionsInvalid,*'
        { Invoke-SqliteRetry -Path $database -NoTransaction { } } | Should -Throw
        { Invoke-SqliteRetry -Path $database 'VACUUM' } | Should -Throw -ErrorId 'SqliteStatementInvalid,*'
    }
}
