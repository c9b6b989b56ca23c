using System.Management.Automation;

namespace ProcessDedup.Cmdlets;

/// <summary>Runs when the module is imported: makes Core loadable and does nothing else.</summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer
{
    /// <inheritdoc/>
    public void OnImport() => CoreAssemblies.MakeLoadable();
}
