using System;
using System.Globalization;
using System.Text;

namespace ProcessDedup.Locks;

/// <summary>
/// Unicode's form NFC, by which one name is one lock however it was typed. Without ICU (InvariantGlobalization) .NET leaves text
/// as it is: then whatever might have another form is refused, so that it never silently becomes another lock than that of a
/// program, a machine or a server that can compose it.
/// </summary>
internal static class NormalForm
{
    private static readonly bool CanCompose = "e\u0301".Normalize(NormalizationForm.FormC).Length == 1;

    // From UnicodeData.txt, 14.0.0: first and last of those that are no combining marks and that NFC changes, or joins with
    // what is before them. Unicode never changes what is in the list, and adds no character to it but such marks
    // (https://www.unicode.org/policies/stability_policy.html).
    private static readonly int[] Unstable =
    [
        0x0374, 0x0374, 0x037E, 0x037E, 0x0387, 0x0387, 0x0958, 0x095F, 0x09DC, 0x09DF, 0x0A33, 0x0A33, 0x0A36, 0x0A36,
        0x0A59, 0x0A5B, 0x0A5E, 0x0A5E, 0x0B5C, 0x0B5D, 0x0F43, 0x0F43, 0x0F4D, 0x0F4D, 0x0F52, 0x0F52, 0x0F57, 0x0F57,
        0x0F5C, 0x0F5C, 0x0F69, 0x0F69, 0x1161, 0x1175, 0x11A8, 0x11C2, 0x1F71, 0x1F71, 0x1F73, 0x1F73, 0x1F75, 0x1F75,
        0x1F77, 0x1F77, 0x1F79, 0x1F79, 0x1F7B, 0x1F7B, 0x1F7D, 0x1F7D, 0x1FBB, 0x1FBB, 0x1FBE, 0x1FBE, 0x1FC9, 0x1FC9,
        0x1FCB, 0x1FCB, 0x1FD3, 0x1FD3, 0x1FDB, 0x1FDB, 0x1FE3, 0x1FE3, 0x1FEB, 0x1FEB, 0x1FEE, 0x1FEF, 0x1FF9, 0x1FF9,
        0x1FFB, 0x1FFB, 0x1FFD, 0x1FFD, 0x2000, 0x2001, 0x2126, 0x2126, 0x212A, 0x212B, 0x2329, 0x232A, 0x2ADC, 0x2ADC,
        0xF900, 0xFA0D, 0xFA10, 0xFA10, 0xFA12, 0xFA12, 0xFA15, 0xFA1E, 0xFA20, 0xFA20, 0xFA22, 0xFA22, 0xFA25, 0xFA26,
        0xFA2A, 0xFAD9, 0xFB1D, 0xFB1D, 0xFB1F, 0xFB1F, 0xFB2A, 0xFB4E, 0x1D15E, 0x1D164, 0x1D1BB, 0x1D1C0, 0x2F800, 0x2FA1D,
    ];

    /// <summary>Can the text be brought into its one form here?</summary>
    public static bool TryCompose(ref string text)
    {
        for (int i = 0; i < text.Length && !CanCompose; i++)
        {
            if (HasOtherForm(text, i))
                return false;
        }

        text = text.Normalize(NormalizationForm.FormC);
        return true;
    }

    /// <summary>May the character at a place be written in another way?</summary>
    internal static bool HasOtherForm(string text, int index)
    {
        if (text[index] < 0x80 || char.IsLowSurrogate(text[index]))
            return false;
        if (CharUnicodeInfo.GetUnicodeCategory(text, index)
            is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark)
        {
            return true;
        }

        int character = char.ConvertToUtf32(text, index);
        int place = Array.BinarySearch(Unstable, character);
        // In between: after a first one, and so before its last one.
        return place >= 0 || (~place & 1) == 1;
    }
}
