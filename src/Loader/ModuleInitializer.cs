using System.Management.Automation;

namespace ProcessDedup.Loader;

/// <summary>
/// PowerShell calls this when it imports the first assembly that the manifest names. It makes the second one, the
/// cmdlets, loadable, and does nothing else.
/// </summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer
{
    /// <inheritdoc/>
    public void OnImport() => ModuleLoadContext.Register();
}
