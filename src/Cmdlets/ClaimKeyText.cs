using System;
using System.Collections;
using System.Management.Automation;
using ProcessDedup.Claims;

namespace ProcessDedup.Cmdlets;

/// <summary>The key of what is claimed: a simple value, or the property Key of an object.</summary>
internal static class ClaimKeyText
{
    /// <summary>
    /// The text of any other object is made by PowerShell ("@{Id=4711; State=new}"): two that are the same build to people
    /// would be two keys, and both would be won.
    /// </summary>
    /// <exception cref="ClaimException"><see cref="ClaimError.ClaimKeyInvalid"/></exception>
    public static string Of(string name, object? given)
    {
        object? value = given is PSObject wrapped ? wrapped.BaseObject : given;
        if (value is IDictionary named)
            value = named["Key"] is PSObject inner ? inner.BaseObject : named["Key"] ?? value;
        else if (!IsSimple(value) && value is not null && PSObject.AsPSObject(given!).Properties["Key"]?.Value is { } key)
            value = key is PSObject wrappedKey ? wrappedKey.BaseObject : key;
        return value switch
        {
            null => string.Empty,
            _ when IsSimple(value) => LanguagePrimitives.ConvertTo<string>(value),
            _ => throw ClaimFailures.KeyObscure(name, value.GetType().Name),
        };
    }

    private static bool IsSimple(object? value) =>
        value is string or char or Guid or Uri or Version or Enum or decimal || (value?.GetType().IsPrimitive == true && value is not bool);
}
