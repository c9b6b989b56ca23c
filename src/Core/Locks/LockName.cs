using System;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ProcessDedup.Messages;

namespace ProcessDedup.Locks;

/// <summary>
/// A lock's name and the file name that stands for it on every system: characters that Windows forbids are written
/// as %XX, the text is normalised (Unicode NFC) and the case of letters folded, so that one name is one lock however it was
/// typed.
/// </summary>
public readonly struct LockName : IEquatable<LockName>
{
    /// <summary>
    /// Longest encoded name in bytes: 255 for a file name (NAME_MAX) less the longest suffix beside the lock.
    /// </summary>
    public const int LongestBytes = 180;

    private const string ForbiddenOnWindows = "<>:\"|?*%";

    // Naming Files, Paths, and Namespaces (learn.microsoft.com): reserved with any extension.
    private static readonly Regex DeviceName = new(
        @"^(CON|CONIN\$|CONOUT\$|PRN|AUX|NUL|(COM|LPT)[0-9\u00b9\u00b2\u00b3])(\.|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    private LockName(string text, string encoded)
    {
        Text = text;
        Encoded = encoded;
    }

    /// <summary>The name as people gave it.</summary>
    public string Text { get; }

    /// <summary>The name as it is compared, and part of a file name: folded, without suffix.</summary>
    public string Encoded { get; }

    /// <summary>Checks and encodes a name.</summary>
    /// <exception cref="LockException"><see cref="LockError.LockNameInvalid"/></exception>
    public static LockName Parse(string name)
    {
        if (string.IsNullOrWhiteSpace(name))
            throw LockFailures.NameInvalid(name ?? string.Empty, Message.Of(Key.ReasonEmpty));
        if (name != name.Trim())
            throw LockFailures.NameInvalid(name, Message.Of(Key.ReasonBeginsOrEndsWithWhiteSpace));
        // Windows drops a final dot, and a leading one hides the file.
        if (name[0] == '.' || name[name.Length - 1] == '.')
            throw LockFailures.NameInvalid(name, Message.Of(Key.ReasonBeginsOrEndsWithDot));
        foreach (char c in name)
        {
            if (c is '/' or '\\')
                throw LockFailures.NameInvalid(name, Message.Of(Key.ReasonContainsSeparator, c));
            if (char.IsControl(c))
                throw LockFailures.NameInvalid(
                    name, Message.Of(Key.ReasonContainsControlCharacterU, ((int)c).ToString("X4", CultureInfo.InvariantCulture)));
        }

        string text = Normalize(name);
        // Once more: a folded letter may join with the mark behind it ("ſ" with a cedilla).
        string encoded = Encode(Normalize(CaseFolding.Fold(text)));
        return Encoding.UTF8.GetByteCount(encoded) <= LongestBytes
            ? new LockName(text, encoded)
            : throw LockFailures.NameInvalid(
                name, Message.Of(Key.ReasonTakesMoreThanBytes, LongestBytes.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Reads a name back from its file name; null if it is not one that <see cref="Parse"/> wrote.</summary>
    public static LockName? TryDecode(string encoded)
    {
        var text = new StringBuilder(encoded.Length);
        for (int i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] != '%')
            {
                text.Append(encoded[i]);
                continue;
            }

            if (i + 2 >= encoded.Length
                || !byte.TryParse(encoded.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out byte code))
            {
                return null;
            }

            text.Append((char)code);
            i += 2;
        }

        try
        {
            LockName name = Parse(text.ToString());
            return name.Encoded == encoded ? name : null;
        }
        catch (LockException)
        {
            return null;
        }
    }

    /// <summary>Is that another spelling of this name, or the same?</summary>
    internal bool IsCalled(string text)
    {
        try
        {
            return Parse(text) == this;
        }
        catch (LockException)
        {
            return false;
        }
    }

    private static string Normalize(string name)
    {
        for (int i = 0; i < name.Length; i++)
        {
            int character = name[i];
            if (char.IsSurrogatePair(name, i))
                character = char.ConvertToUtf32(name, i++);
            else if (char.IsSurrogate(name[i]))
                throw LockFailures.NameInvalid(name, Message.Of(Key.ReasonContainsHalfSurrogatePair));
            if (character >= 0x80 && InvisibleCharacters.Contains(character))
                throw LockFailures.NameInvalid(
                    name, Message.Of(Key.ReasonContainsInvisibleCharacterU, character.ToString("X4", CultureInfo.InvariantCulture)));
        }

        string text = name;
        return NormalForm.TryCompose(ref text)
            ? text
            : throw LockFailures.NameInvalid(name, Message.Of(Key.ReasonContainsCombiningCharacterOrOneWith));
    }

    private static string Encode(string text)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            // "CON.lock" is the console on older Windows: its first letter is escaped.
            if (ForbiddenOnWindows.Contains(c) || (encoded.Length == 0 && DeviceName.IsMatch(text)))
                encoded.Append('%').Append(((int)c).ToString("X2", CultureInfo.InvariantCulture));
            else
                encoded.Append(c);
        }

        return encoded.ToString();
    }

    /// <inheritdoc/>
    public bool Equals(LockName other) => Encoded == other.Encoded;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is LockName other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Encoded ?? string.Empty);

    /// <summary>Same name?</summary>
    public static bool operator ==(LockName left, LockName right) => left.Equals(right);

    /// <summary>Another name?</summary>
    public static bool operator !=(LockName left, LockName right) => !left.Equals(right);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
