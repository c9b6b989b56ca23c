using System;
using System.Collections.Generic;
using System.IO;
using ProcessDedup.Bench.Contenders;
using ProcessDedup.Bench.Report;

namespace ProcessDedup.Bench.Measures;

/// <summary>What every measure needs.</summary>
/// <param name="Field">Who is compared.</param>
/// <param name="Scratch">A directory that is removed at the end.</param>
/// <param name="IsQuick">A glance instead of a measurement: fewer rounds, shorter runs.</param>
/// <param name="Notes">Where to say what cannot be measured here.</param>
internal sealed record Bench(Field Field, string Scratch, bool IsQuick, TextWriter Notes) : IDisposable
{
    private readonly Lazy<DownloadField?> _downloads = new(() => DownloadField.TryFind(Scratch, Notes));
    private int _files;

    /// <summary>The origin and who downloads from it, started when first asked for; null if there is no origin.</summary>
    public DownloadField? Downloads => _downloads.Value;

    /// <summary>A lock file that nobody has used yet.</summary>
    public string NewFile() => Path.Combine(Scratch, $"lock-{++_files}");

    public int Pick(int thorough, int quick) => IsQuick ? quick : thorough;

    public void Dispose()
    {
        if (_downloads.IsValueCreated)
            _downloads.Value?.Dispose();
    }
}

/// <summary>One thing that is measured for all contenders in one go.</summary>
internal abstract class Measure
{
    /// <summary>The word that selects it on the command line.</summary>
    public abstract string Name { get; }

    public abstract IEnumerable<Row> Run(Bench bench);
}
