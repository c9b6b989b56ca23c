using System.Management.Automation;

namespace ProcessDedup.Cmdlets;

/// <summary>Errors of Core as PowerShell shows them: a stable id, a category, the thing and the next step.</summary>
internal static class DedupErrorRecords
{
    public static ErrorRecord From(DedupException e) => new(e, e.ErrorId, ErrorCategories.Of(e), e.Target)
    {
        ErrorDetails = ShownError.Details(e.Message, e.NextStep),
    };
}
