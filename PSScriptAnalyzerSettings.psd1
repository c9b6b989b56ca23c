@{
    Severity     = @('Error', 'Warning')
    ExcludeRules = @(
        # build.ps1 and the test runner talk to a person.
        'PSAvoidUsingWriteHost'
        # PowerShell 7 reads UTF-8 without a mark, and other tools want it so.
        'PSUseBOMForUnicodeEncodedFile'
        # Does not see that functions and blocks of a script use the parameters of the script.
        'PSReviewUnusedParameter'
    )
}
