using System;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ProcessDedup.Locks;

namespace ProcessDedup.Postgres;

/// <summary>
/// The number of a lock in the server, which knows advisory locks by 64 bits: the beginning of a hash of its name. That two
/// names have the same one is noticed by the table of names.
/// </summary>
internal static class LockKey
{
    // A lock that is taken again and again must not be hashed each time: that costs a tenth of a question to the server.
    private const int MostRemembered = 1024;

    private static readonly ConcurrentDictionary<string, long> Remembered = new(StringComparer.Ordinal);

    public static long Of(string name)
    {
        if (Remembered.TryGetValue(name, out long known))
            return known;
        long key = Hash("lock\0" + LockName.Parse(name).Encoded);
        if (Remembered.Count >= MostRemembered)
            Remembered.Clear();
        Remembered[name] = key;
        return key;
    }

    /// <summary>Held by the one who looks for a free slot; the others queue for it.</summary>
    public static long OfSlotQueue(string name) => Hash("queue\0" + LockName.Parse(name).Encoded);

    public static long OfSlot(string name, int slot) =>
        Hash(string.Create(CultureInfo.InvariantCulture, $"slot {slot}\0{LockName.Parse(name).Encoded}"));

    /// <summary>Held while the schema is made.</summary>
    public static long OfSchema { get; } = Hash("schema");

    private static long Hash(string text) =>
        BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes("procdedup\0" + text)));
}
