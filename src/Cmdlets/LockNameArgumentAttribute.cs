using System;
using System.Collections;
using System.Management.Automation;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// Takes names of locks from text, registered names and locks that were shown, and refuses other objects. PowerShell would make a
/// text of any object ("builds (Team A)", "@{Name=db}"), which is the name of a lock that nobody uses.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class LockNameArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = Bare(inputData);
        if (value is not IList list || value is byte[])
            return NameOf(value);
        var names = new object?[list.Count];
        for (int i = 0; i < names.Length; i++)
            names[i] = NameOf(Bare(list[i]));
        return names;
    }

    private static object? Bare(object? value) => value is PSObject wrapped && wrapped.BaseObject is not PSCustomObject ? wrapped.BaseObject : value;

    private static object? NameOf(object? value)
    {
        if (value is RegisteredName registered)
            return registered.Namespace;
        if (value is null or string or char or Enum or Guid or Version or Uri or decimal || value.GetType().IsPrimitive)
            return value;
        string text = Message.Of(Key.UsageObjectIsNotLockName, value.GetType().Name);
        // With this cause PowerShell goes on with the other parameters that take the object.
        throw new ArgumentTransformationMetadataException(text, new PSInvalidCastException(text));
    }
}
