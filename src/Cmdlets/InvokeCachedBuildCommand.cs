using System;
using System.Management.Automation;
using ProcessDedup.Artifacts;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// Gets what a block builds: from the local store, from a substituter, or, in one of many processes, by running the block.
/// </summary>
[Cmdlet(VerbsLifecycle.Invoke, "CachedBuild", SupportsShouldProcess = true)]
[OutputType(typeof(Artifact))]
public sealed class InvokeCachedBuildCommand : SubstitutingCmdlet
{
    /// <summary>
    /// Fills the directory whose path is its first argument. Its text is a part of the key. If it throws, if a cmdlet in it
    /// fails, or if its last program ends with another exit code than 0, nothing is published.
    /// </summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNull]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <summary>More arguments of the block, which are a part of the key: texts, numbers, lists and hashtables of them.</summary>
    [Parameter]
    [Alias("Args")]
    public object[]? ArgumentList { get; set; }

    /// <summary>Build even if it is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>
    /// A substituter to which what is built is published at once. That it cannot be published is a warning, as the work is done.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PublishTo { get; set; }

    /// <summary>A PEM file with the private key (ECDSA, P-256) that signs what is published.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SigningKey { get; set; }

    /// <summary>
    /// The PostgreSQL server of a fleet, as 'Host=db;Database=agents;Username=ci'; without it that of PROCESSDEDUP_COORDINATOR,
    /// and without that this machine alone. It needs -PublishTo and -Substituter: else the variable is passed over.
    /// </summary>
    [Parameter]
    [AllowEmptyString]
    public string? Coordinator { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        ArtifactCache cache = Artifacts();
        using Coordination.Coordinator? fleet = OrThrow(
            () => FleetCoordinator.OpenForContent(this, Coordinator, PublishTo is not null && Substituter is not null));
        ArtifactRequest request = SubstitutingRequest(MakeKey(ScriptBlock!.ToString(), ArgumentList)) with
        {
            Force = Force,
            Coordinator = fleet,
            PublishTo = OrThrow(() => PublishTo is null ? null : SubstituterText.Resolve(PublishTo, FileSystemPath)),
            SigningKey = OrThrow(() => SigningKey is null ? null : FileSystemPath(SigningKey)),
        };
        if (!ShouldProcess(request.Key.Name, Message.Of(Messages.Key.ActionBuild)))
            return;
        Run(request, crew => cache.Build(
            request,
            place => crew.OnPipeline(() =>
            {
                var block = new ProducerBlock(this, ScriptBlock!, ArgumentList ?? [], () => place.Printed());
                string? before = Environment.GetEnvironmentVariable(BuildingCommand.FinalVariable);
                Environment.SetEnvironmentVariable(BuildingCommand.FinalVariable, place.Final);
                try
                {
                    block.Fill(request.Key.Name, place.Directory);
                }
                finally
                {
                    Environment.SetEnvironmentVariable(BuildingCommand.FinalVariable, before);
                }
            }),
            StopToken));
    }
}
