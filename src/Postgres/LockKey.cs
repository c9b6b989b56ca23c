using System.Buffers.Binary;
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
    public static long Of(string name) => Hash("lock\0" + LockName.Parse(name).Encoded);

    /// <summary>Held by the one who looks for a free slot; the others queue for it.</summary>
    public static long OfSlotQueue(string name) => Hash("queue\0" + LockName.Parse(name).Encoded);

    public static long OfSlot(string name, int slot) =>
        Hash(string.Create(CultureInfo.InvariantCulture, $"slot {slot}\0{LockName.Parse(name).Encoded}"));

    /// <summary>Held while the schema is made.</summary>
    public static long OfSchema { get; } = Hash("schema");

    private static long Hash(string text) =>
        BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes("procdedup\0" + text)));
}
