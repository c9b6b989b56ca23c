namespace ProcessDedup.Platform;

/// <summary>errno(3) values that decide something here; the first 34 are the same on every Unix.</summary>
internal static class Errno
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int NoProcess = 3;
    public const int Interrupted = 4;
    public const int NoDevice = 6;
    public const int AccessDenied = 13;
    public const int Exists = 17;
    public const int NotDirectory = 20;
    public const int IsDirectory = 21;
    public const int TooManyFilesInSystem = 23;
    public const int TooManyFiles = 24;
    public const int NoSpace = 28;
    public const int ReadOnly = 30;

    public static readonly int WouldBlock = OperatingSystemKind.IsMacOS ? 35 : 11;
    public static readonly int Loop = OperatingSystemKind.IsMacOS ? 62 : 40;
    public static readonly int NameTooLong = OperatingSystemKind.IsMacOS ? 63 : 36;
    public static readonly int Quota = OperatingSystemKind.IsMacOS ? 69 : 122;
    public static readonly int NoLocks = OperatingSystemKind.IsMacOS ? 77 : 37;
    public static readonly int NotImplemented = OperatingSystemKind.IsMacOS ? 78 : 38;
    public static readonly int NotSupported = OperatingSystemKind.IsMacOS ? 45 : 95;
}
