using System;
using System.Globalization;
using System.Text;

namespace ProcessDedup.Report;

/// <summary>Text of a page: markup is ours, everything else is escaped.</summary>
internal sealed class HtmlText
{
    private readonly StringBuilder _text = new();

    /// <summary>Markup of our own making, never anybody's text.</summary>
    public HtmlText Markup(string markup)
    {
        _text.Append(markup);
        return this;
    }

    /// <summary>Our own markup with numbers in it, written the same everywhere.</summary>
    public HtmlText Markup(FormattableString markup) => Markup(markup.ToString(CultureInfo.InvariantCulture));

    /// <summary>Anybody's text, fit for content and for quoted attributes.</summary>
    public HtmlText Text(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            switch (c)
            {
                case '&': _text.Append("&amp;"); break;
                case '<': _text.Append("&lt;"); break;
                case '>': _text.Append("&gt;"); break;
                case '"': _text.Append("&quot;"); break;
                case '\'': _text.Append("&#39;"); break;
                default: AppendCharacter(text, ref i); break;
            }
        }

        return this;
    }

    /// <summary>
    /// A name of somebody else's making: it must not turn the direction of what is around it. Addresses are broken where
    /// people would break them, if they have to be.
    /// </summary>
    public HtmlText Name(string name)
    {
        Markup("<bdi>");
        int from = 0;
        for (int i = 1; i < name.Length; i++)
        {
            if (name[i - 1] is '/' or '?' or '&' && name[i] != '/')
            {
                Text(name.Substring(from, i - from)).Markup("<wbr>");
                from = i;
            }
        }

        return Text(name.Substring(from)).Markup("</bdi>");
    }

    private void AppendCharacter(string text, ref int i)
    {
        char c = text[i];
        if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            _text.Append(c).Append(text[++i]);
        else
            _text.Append(char.IsSurrogate(c) || char.IsControl(c) || IsOverride(c) || c is '\ufffe' or '\uffff' ? '\ufffd' : c);
    }

    // They would let "gpj.exe" be read as "exe.jpg".
    private static bool IsOverride(char c) => c is >= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069';

    public override string ToString() => _text.ToString();
}
