@{
    Severity     = @('Error', 'Warning')
    ExcludeRules = @(
        # build.ps1 and the test runner talk to a person.
        'PSAvoidUsingWriteHost'
    )
}
