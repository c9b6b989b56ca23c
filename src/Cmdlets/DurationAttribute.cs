using System;
using System.Management.Automation;

namespace ProcessDedup.Cmdlets;

/// <summary>A duration is a number of the unit that the parameter's name ends with (Sec, Ms, Hours), or a TimeSpan.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DurationAttribute(double unitSec = 1) : ArgumentTransformationAttribute
{
    internal const double Ms = 0.001;
    internal const double Hours = 3600;

    /// <summary>How long the unit is, in seconds.</summary>
    public double UnitSec { get; } = unitSec;

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is TimeSpan span ? span.TotalSeconds / UnitSec : inputData;
}
