using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using ProcessDedup.Artifacts;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>What every cmdlet has that is about the artifact of a key.</summary>
public abstract class ArtifactCmdlet : FetchCmdlet
{
    /// <summary>
    /// The name of the artifact. Its key is made of the name, of what the other parameters say, and of the operating system
    /// and architecture; a whole fingerprint (64 hexadecimal digits) is taken as it is.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ArtifactNameCompleter))]
    [AllowEmptyString]
    public string? Key { get; set; }

    /// <summary>
    /// Files that the artifact depends on by their content: paths, directories with all that is in them, and patterns such
    /// as 'src/**/*.cs'.
    /// </summary>
    [Parameter]
    [Alias("Input")]
    [ValidateNotNullOrEmpty]
    public string[]? InputPath { get; set; }

    /// <summary>The artifact is the same for all operating systems and architectures.</summary>
    [Parameter]
    public SwitchParameter AnyPlatform { get; set; }

    private protected ArtifactCache Artifacts() => OrThrow(() => ArtifactCache.Open(LockRoot.Default()));

    private protected ArtifactKey MakeKey(string? recipe = null, object[]? parameters = null) => OrThrow(() =>
    {
        IReadOnlyList<ArtifactInput> inputs = InputPath is null ? []
            : ArtifactInputs.Read(FileSystemPath("."), InputPatterns(InputPath), StopToken);
        return ArtifactKey.Of(Key ?? string.Empty, inputs, recipe, parameters?.Select(Plain).ToList(), AnyPlatform);
    });

    /// <summary>PowerShell wraps values; what the key is made of are the values themselves.</summary>
    private static object? Plain(object? value) => value switch
    {
        PSObject { BaseObject: not PSCustomObject } wrapped => Plain(wrapped.BaseObject),
        string => value,
        IDictionary dictionary => Plain(dictionary),
        IList list => list.Cast<object?>().Select(Plain).ToList(),
        _ => value,
    };

    private static Dictionary<object, object?> Plain(IDictionary dictionary)
    {
        var plain = new Dictionary<object, object?>();
        foreach (DictionaryEntry entry in dictionary)
            plain[Plain(entry.Key)!] = Plain(entry.Value);
        return plain;
    }
}
