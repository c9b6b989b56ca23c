using System;

namespace ProcessDedup.Platform;

/// <summary>
/// Which file this is, whatever it is called: device and inode (Unix), volume serial and file index (Windows).
/// Two paths with one identity are the same lock; one path with a new identity is a new lock.
/// </summary>
internal readonly struct FileIdentity(ulong device, ulong inode) : IEquatable<FileIdentity>
{
    public ulong Device { get; } = device;

    public ulong Inode { get; } = inode;

    public bool Equals(FileIdentity other) => Device == other.Device && Inode == other.Inode;

    public override bool Equals(object? obj) => obj is FileIdentity other && Equals(other);

    public override int GetHashCode() => (Device.GetHashCode() * 397) ^ Inode.GetHashCode();
}
