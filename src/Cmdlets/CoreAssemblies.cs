using System;
using System.IO;
using System.Reflection;
using System.Runtime.InteropServices;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// Loads ProcessDedup.Core and what it depends on from <c>lib/&lt;framework&gt;</c> into a load context of their own, so
/// that no other module's versions of the same assemblies collide with them.
/// </summary>
/// <remarks>
/// This assembly is built for netstandard2.0, which has no AssemblyLoadContext; it is reached by reflection, once.
/// No cmdlet class may derive from a type in Core: PowerShell enumerates the classes before this runs.
/// </remarks>
internal static class CoreAssemblies
{
    private const string CoreName = "ProcessDedup.Core";
    private const string ContextName = "ProcessDedup";

    private static readonly string Folder = Path.Combine(
        Path.GetDirectoryName(typeof(CoreAssemblies).Assembly.Location)!, "lib", Framework);

    private static Func<string, Assembly>? _load;
    private static readonly object Gate = new();
    private static bool _isDone;

    private static bool IsNetFramework =>
        RuntimeInformation.FrameworkDescription.StartsWith(".NET Framework", StringComparison.Ordinal);

    private static string Framework => IsNetFramework ? "netstandard2.0" : "net8.0";

    public static void MakeLoadable()
    {
        // Runspaces import at the same moment: whoever comes second must not go on before the first is done.
        lock (Gate)
        {
            if (!_isDone)
                HandleResolving();
            _isDone = true;
        }
    }

    private static void HandleResolving()
    {
        if (IsNetFramework)
        {
            AppDomain.CurrentDomain.AssemblyResolve += (_, e) => LoadOnNetFramework(new AssemblyName(e.Name));
            return;
        }

        Type contextType = typeof(object).Assembly.GetType("System.Runtime.Loader.AssemblyLoadContext", throwOnError: true)!;
        object context = Activator.CreateInstance(contextType, ContextName, false)!;
        MethodInfo load = contextType.GetMethod("LoadFromAssemblyPath", [typeof(string)])!;
        _load = (Func<string, Assembly>)load.CreateDelegate(typeof(Func<string, Assembly>), context);

        EventInfo resolving = contextType.GetEvent("Resolving")!;
        object defaultContext = contextType.GetProperty("Default")!.GetValue(null)!;
        resolving.AddEventHandler(defaultContext, Handler(resolving, nameof(ResolveCore)));
        resolving.AddEventHandler(context, Handler(resolving, nameof(ResolveDependency)));
    }

    // The event's delegate takes an AssemblyLoadContext where these methods take any object.
    private static Delegate Handler(EventInfo resolving, string method) => Delegate.CreateDelegate(
        resolving.EventHandlerType!,
        typeof(CoreAssemblies).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!);

    /// <summary>The default context asks only for Core: everything else there belongs to others.</summary>
    private static Assembly? ResolveCore(object context, AssemblyName name)
    {
        if (name.Name != CoreName)
            return null;
        // A context without a Load method of its own, which only an assembly for .NET could give it, asks the default
        // context before its event: there another module's version may be loaded already. What it has itself comes first.
        foreach (string file in Directory.GetFiles(Folder, "*.dll"))
            _load!(file);
        return LoadFromFolder(name);
    }

    private static Assembly? ResolveDependency(object context, AssemblyName name) => LoadFromFolder(name);

    private static Assembly? LoadFromFolder(AssemblyName name)
    {
        string file = Path.Combine(Folder, name.Name + ".dll");
        return File.Exists(file) ? _load!(file) : null;
    }

    /// <summary>An assembly of a folder of its own below the others, with all that it needs; null if it is not there.</summary>
    public static Assembly? TryLoadPart(string folder, string name)
    {
        string place = Path.Combine(Folder, folder);
        if (_load is null || !File.Exists(Path.Combine(place, name + ".dll")))
            return null;
        // All of them, for the reason given at ResolveCore.
        foreach (string file in Directory.GetFiles(place, "*.dll"))
            _load(file);
        return _load(Path.Combine(place, name + ".dll"));
    }

    private static Assembly? LoadOnNetFramework(AssemblyName name)
    {
        string file = Path.Combine(Folder, name.Name + ".dll");
        return File.Exists(file) ? Assembly.LoadFrom(file) : null;
    }
}
