using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace ProcessDedup.Platform;

/// <summary>One mounted file system.</summary>
/// <param name="Point">Where it is mounted.</param>
/// <param name="Type">Its name as the kernel gives it: ext4, nfs4, fuse.sshfs, 9p.</param>
/// <param name="Device">Linux: the super block's device in the notation of /proc/locks, "fe:00"; else empty.</param>
internal readonly record struct Mount(string Point, string Type, string Device);

/// <summary>Which file system a directory lies on.</summary>
internal static class Mounts
{
    /// <summary>The mount that holds an existing directory or file; an empty type where it cannot be told.</summary>
    public static Mount Of(string path)
    {
        if (OperatingSystemKind.IsWindows)
            return OnWindows(path);
        string real = RealPath.Of(path);
        try
        {
            return OperatingSystemKind.IsLinux
                ? Longest(Parse(KernelFile.ReadText("/proc/self/mountinfo")), real)
                : Longest(FromDrives(), real);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Mount(path, string.Empty, string.Empty);
        }
    }

    /// <summary>Parses proc_pid_mountinfo(5): "36 35 98:0 /root /mount options optional - type source options".</summary>
    public static IReadOnlyList<Mount> Parse(string text)
    {
        var mounts = new List<Mount>();
        foreach (string line in text.Split('\n'))
        {
            string[] fields = line.Split(' ');
            int dash = Array.IndexOf(fields, "-");
            if (fields.Length < 6 || dash < 6 || dash + 1 >= fields.Length)
                continue;
            string[] device = fields[2].Split(':');
            mounts.Add(new Mount(
                Unescape(fields[4]),
                fields[dash + 1],
                string.Format(
                    CultureInfo.InvariantCulture,
                    "{0:x2}:{1:x2}",
                    uint.Parse(device[0], CultureInfo.InvariantCulture),
                    uint.Parse(device[1], CultureInfo.InvariantCulture))));
        }

        return mounts;
    }

    /// <summary>The mount point that is the longest prefix; of equal ones the last, which hides the others.</summary>
    public static Mount Longest(IReadOnlyList<Mount> mounts, string path)
    {
        Mount best = new(path, string.Empty, string.Empty);
        int length = -1;
        foreach (Mount mount in mounts)
        {
            bool holds = mount.Point == "/"
                || path == mount.Point
                || (path.StartsWith(mount.Point, StringComparison.Ordinal) && path[mount.Point.Length] == '/');
            if (holds && mount.Point.Length >= length)
                (best, length) = (mount, mount.Point.Length);
        }

        return best;
    }

    private static List<Mount> FromDrives()
    {
        var mounts = new List<Mount>();
        foreach (DriveInfo drive in DriveInfo.GetDrives())
        {
            try
            {
                mounts.Add(new Mount(drive.Name.Length > 1 ? drive.Name.TrimEnd('/') : drive.Name, drive.DriveFormat, string.Empty));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
            }
        }

        return mounts;
    }

    private static Mount OnWindows(string directory)
    {
        const uint remote = 4;
        char[] volume = new char[1024];
        if (!Kernel32.GetVolumePathName(directory, volume, (uint)volume.Length))
            return new Mount(directory, string.Empty, string.Empty);
        string root = new(volume, 0, Math.Max(0, Array.IndexOf(volume, '\0')));
        return new Mount(root, Kernel32.GetDriveType(root) == remote ? "smb" : "local", string.Empty);
    }

    /// <summary>Spaces and the like are written as octal escapes: "\040".</summary>
    private static string Unescape(string text)
    {
        if (!text.Contains('\\'))
            return text;
        byte[] raw = Encoding.UTF8.GetBytes(text);
        var bytes = new List<byte>(raw.Length);
        for (int i = 0; i < raw.Length; i++)
        {
            bool escape = raw[i] == '\\' && i + 3 < raw.Length;
            bytes.Add(escape
                ? (byte)(((raw[i + 1] - '0') << 6) | ((raw[i + 2] - '0') << 3) | (raw[i + 3] - '0'))
                : raw[i]);
            i += escape ? 3 : 0;
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
