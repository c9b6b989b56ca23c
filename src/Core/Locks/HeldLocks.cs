using System.Collections.Generic;
using System.Threading;

namespace ProcessDedup.Locks;

/// <summary>
/// The locks that the current flow of calls holds. It follows awaits, threads and tasks started from it, so a
/// lock taken again anywhere below its holder is recognised.
/// </summary>
internal static class HeldLocks
{
    private static readonly AsyncLocal<Node?> Innermost = new();

    public static void Push(LockLease lease) => Innermost.Value = new Node(lease, Innermost.Value);

    /// <summary>Forgets released leases at the top; those further down are skipped when read.</summary>
    public static void Trim()
    {
        Node? node = Innermost.Value;
        if (node is null || !node.Lease.IsReleased)
            return;
        while (node is not null && node.Lease.IsReleased)
            node = node.Outer;
        Innermost.Value = node;
    }

    /// <summary>Does this flow hold that lease?</summary>
    public static bool Contains(LockLease lease)
    {
        for (Node? node = Innermost.Value; node is not null; node = node.Outer)
        {
            if (ReferenceEquals(node.Lease, lease))
                return true;
        }

        return false;
    }

    /// <summary>All leases that this flow holds now, innermost first.</summary>
    public static IReadOnlyList<LockLease> All()
    {
        var leases = new List<LockLease>();
        for (Node? node = Innermost.Value; node is not null; node = node.Outer)
        {
            if (!node.Lease.IsReleased)
                leases.Add(node.Lease);
        }

        return leases;
    }

    private sealed class Node(LockLease lease, Node? outer)
    {
        public LockLease Lease { get; } = lease;

        public Node? Outer { get; } = outer;
    }
}
