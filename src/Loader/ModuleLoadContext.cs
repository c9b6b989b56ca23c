using System.IO;
using System.Reflection;
using System.Runtime.Loader;

namespace ProcessDedup.Loader;

/// <summary>
/// The load context of the module: the cmdlets, Core and everything they depend on come from <c>lib</c>, whatever
/// versions of the same assemblies other modules have loaded. Only this assembly is in the default context.
/// </summary>
internal sealed class ModuleLoadContext : AssemblyLoadContext
{
    /// <summary>The assembly of the cmdlets, which the manifest names after this one.</summary>
    private const string Cmdlets = "ProcessDedup";

    private static readonly string Folder = Path.Combine(Path.GetDirectoryName(typeof(ModuleLoadContext).Assembly.Location)!, "lib");
    private static readonly object Gate = new();
    private static ModuleLoadContext? _context;

    private ModuleLoadContext() : base(Cmdlets, isCollectible: false)
    {
    }

    /// <summary>Makes PowerShell find the cmdlets by name. Runspaces may call this at the same moment, and repeatedly.</summary>
    public static void Register()
    {
        // The second caller must not return before the first has subscribed: it looks for the cmdlets next.
        lock (Gate)
        {
            if (_context is not null)
                return;
            ModuleLoadContext context = new();
            // Where the file is missing the context would ask here again, and again.
            bool isThere = File.Exists(Path.Combine(Folder, Cmdlets + ".dll"));
            Default.Resolving += (_, name) => isThere && name.Name == Cmdlets ? context.LoadFromAssemblyName(name) : null;
            _context = context;
        }
    }

    /// <inheritdoc/>
    /// <remarks>The module's own files come first: the default context may already have another version of one.</remarks>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        string file = Path.Combine(Folder, assemblyName.Name + ".dll");
        return File.Exists(file) && !HasRuntime(assemblyName) ? LoadFromAssemblyPath(file) : null;
    }

    // Listeners to metrics and activities hear only those of their own DiagnosticSource. An older runtime (PowerShell 7.4) has too
    // old a one for the module's dependencies; there the module uses its own, and listeners have to be in its context.
    private static bool HasRuntime(AssemblyName name)
    {
        string file = Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, name.Name + ".dll");
        return File.Exists(file) && AssemblyName.GetAssemblyName(file).Version >= name.Version;
    }
}
