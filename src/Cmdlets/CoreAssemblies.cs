using System.IO;
using System.Reflection;
using System.Runtime.Loader;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// Loads ProcessDedup.Core and what it depends on from <c>lib</c> into a load context of their own, so that no other
/// module's versions of the same assemblies collide with them.
/// </summary>
/// <remarks>No cmdlet class may derive from a type in Core: PowerShell enumerates the classes before this runs.</remarks>
internal static class CoreAssemblies
{
    private const string CoreName = "ProcessDedup.Core";

    private static readonly string Folder = Path.Combine(Path.GetDirectoryName(typeof(CoreAssemblies).Assembly.Location)!, "lib");
    private static readonly object Gate = new();
    private static ModuleContext? _context;

    public static void MakeLoadable()
    {
        // Runspaces import at the same moment: whoever comes second must not go on before the first is done.
        lock (Gate)
        {
            if (_context is not null)
                return;
            _context = new ModuleContext();
            AssemblyLoadContext.Default.Resolving += (_, name) => name.Name == CoreName ? _context.LoadFromAssemblyName(name) : null;
        }
    }

    /// <summary>An assembly of a folder of its own below the others, with all that it needs; null if it is not there.</summary>
    public static Assembly? TryLoadPart(string folder, string name) => _context?.TryLoadPart(Path.Combine(Folder, folder), name);

    private sealed class ModuleContext() : AssemblyLoadContext("ProcessDedup", isCollectible: false)
    {
        private string? _part;

        // What the module has itself comes first: in the default context another module's version may be loaded already.
        protected override Assembly? Load(AssemblyName name) => LoadFrom(Folder, name.Name!) ?? (_part is null ? null : LoadFrom(_part, name.Name!));

        public Assembly? TryLoadPart(string folder, string name)
        {
            _part = folder;
            return LoadFrom(folder, name);
        }

        private Assembly? LoadFrom(string folder, string name)
        {
            string file = Path.Combine(folder, name + ".dll");
            return File.Exists(file) ? LoadFromAssemblyPath(file) : null;
        }
    }
}
