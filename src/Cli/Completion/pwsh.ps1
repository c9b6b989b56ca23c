# procdedup completes with Tab in PowerShell:  procdedup completion pwsh | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName procdedup -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $program = $commandAst.CommandElements[0]
    $length = $cursorPosition - $program.Extent.EndOffset
    $rest = $commandAst.Extent.Text.Substring($program.Extent.EndOffset - $commandAst.Extent.StartOffset).PadRight($length).Substring(0, $length)
    $line = 'procdedup' + $rest
    & $program.Value "[suggest:$($line.Length)]" $line 2>$null |
        Where-Object { $_.StartsWith("$wordToComplete", [StringComparison]::OrdinalIgnoreCase) -and $_ -notmatch '^(/|-\?$)' } |
        ForEach-Object {
            $text = if ($_ -match '^[\w.:-]+$') { $_ } else { "'" + $_.Replace("'", "''") + "'" }
            [System.Management.Automation.CompletionResult]::new($text, $_, 'ParameterValue', $_)
        }
}
