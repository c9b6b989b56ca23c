using System;
using System.IO;
using System.Text;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch.Archives;

/// <summary>One header block of a tar archive (POSIX pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format").</summary>
internal static class TarHeader
{
    private const int ChecksumAt = 148;
    private const int ChecksumLength = 8;

    /// <summary>Could an archive begin with this block: a header whose checksum is right, or the end of an empty archive?</summary>
    public static bool IsPlausible(byte[] block)
    {
        if (IsZero(block) || Encoding.ASCII.GetString(block, 257, 5) == "ustar")
            return true;
        return IsChecksumRight(block);
    }

    public static bool IsZero(byte[] block) => Array.TrueForAll(block, b => b == 0);

    public static bool IsChecksumRight(byte[] block)
    {
        long sum = 0;
        long signed = 0;
        for (int i = 0; i < TarSource.BlockSize; i++)
        {
            byte value = i is >= ChecksumAt and < ChecksumAt + ChecksumLength ? (byte)' ' : block[i];
            sum += value;
            signed += (sbyte)value;
        }

        // Old programs have added signed bytes.
        return TryNumber(block, ChecksumAt, ChecksumLength, out long expected) && (expected == sum || expected == signed);
    }

    public static long Number(byte[] block, int offset, int length) => TryNumber(block, offset, length, out long value)
        ? value
        : throw new InvalidDataException(Message.Of(Key.ReasonNumberInHeaderIsNone));

    public static string Text(byte[] block, int offset, int length)
    {
        int end = Array.IndexOf(block, (byte)0, offset, length);
        return Encoding.UTF8.GetString(block, offset, (end < 0 ? offset + length : end) - offset);
    }

    /// <summary>Octal digits between spaces and NULs, or base 256 with the highest bit set (GNU).</summary>
    public static bool TryNumber(byte[] block, int offset, int length, out long value)
    {
        value = 0;
        int i = offset;
        int end = offset + length;
        if ((block[i] & 0x80) != 0)
        {
            value = block[i++] & 0x7f;
            for (; i < end; i++)
            {
                if (value > long.MaxValue >> 8)
                    return false;
                value = (value << 8) | block[i];
            }

            return true;
        }

        while (i < end && block[i] == ' ')
            i++;
        for (; i < end && block[i] is >= (byte)'0' and <= (byte)'7'; i++)
            value = (value << 3) | (long)(block[i] - '0');
        for (; i < end; i++)
        {
            if (block[i] is not ((byte)' ' or 0))
                return false;
        }

        return true;
    }
}
