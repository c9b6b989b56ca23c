using System.Globalization;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// The lock file and what may stand beside it, each made only when it is of use:
/// <list type="bullet">
/// <item><c>X</c>: the lock, 0 bytes, locked with flock(2) or LockFileEx;</item>
/// <item><c>X.gate</c>: where those queue who found the lock taken;</item>
/// <item><c>X.owner</c>: who holds it exclusively; <c>X.owner-PID-START-NAMESPACE-N</c>: one of the shared holders;</item>
/// <item><c>X.slots</c>: the number of slots; <c>X.slot-N</c>, <c>X.slot-N.owner</c>: one slot and its holder.</item>
/// </list>
/// </summary>
internal sealed class LockFiles(string lockFile)
{
    public const string GateSuffix = ".gate";
    public const string OwnerSuffix = ".owner";
    public const string SlotCountSuffix = ".slots";
    public const string SlotInfix = ".slot-";

    public NativePath Lock { get; } = new(lockFile);

    public NativePath Gate { get; } = new(lockFile + GateSuffix);

    public NativePath Owner { get; } = new(lockFile + OwnerSuffix);

    public string SlotCount { get; } = lockFile + SlotCountSuffix;

    public string SharedOwner(ProcessIdentity process, long sequence) =>
        string.Format(CultureInfo.InvariantCulture, "{0}{1}-{2}-{3}", Lock.Text, OwnerSuffix, process.FileKey, sequence);

    public string SharedOwnerPattern => System.IO.Path.GetFileName(Lock.Text) + OwnerSuffix + "-*";

    /// <summary>Slots are counted from 1.</summary>
    public string Slot(int number) => Lock.Text + SlotInfix + number.ToString(CultureInfo.InvariantCulture);
}
