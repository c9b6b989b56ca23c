using ProcessDedup.Platform;

namespace ProcessDedup.Sqlite;

/// <summary>
/// May a journal be left beside a database? SQLite gives it the mode of the database, but its owner and group are the
/// writer's, unless that is root. Whoever may open the database but not a journal that lies there cannot even read: to
/// them "unable to open database file" is all that is left.
/// </summary>
internal static class JournalRights
{
    private const int ForOthers = 7, ForGroup = ForOthers << 3, ForOwner = ForGroup << 3;

    /// <summary>Can everybody who may open the database open and remove a journal that this process makes?</summary>
    public static bool AreThoseOf(SqlitePlace place)
    {
        if (OperatingSystemKind.IsWindows)
            return true;
        try
        {
            return FileSystem.TryGetFacts(place.File, out FileFacts database)
                && FileSystem.TryGetFacts(place.Directory, out FileFacts directory)
                && AreThoseOf(database, directory, Libc.EffectiveUserId(), Libc.EffectiveGroupId());
        }
        catch (PlatformException)
        {
            return false;
        }
    }

    private static bool AreThoseOf(FileFacts database, FileFacts directory, uint user, uint group)
    {
        int others = database.Permissions & ForOthers;
        if ((database.Permissions & (ForGroup | ForOthers)) == 0)
            return true;
        // There other writers cannot remove it, as SQLite does by default, and Linux refuses to open it for them.
        if (directory.IsSticky && database.IsWritableByOthers)
            return false;
        // SQLite gives what root makes to the owner and the group of the database.
        if (user == 0)
            return true;
        bool hasOwner = database.OwnerId == user || (((database.Permissions & ForOwner) >> 6) & ~others) == 0;
        uint given = OperatingSystemKind.IsMacOS || directory.HandsOnGroup ? directory.GroupId : group;
        bool hasGroup = database.GroupId == given || (((database.Permissions & ForGroup) >> 3) & ~others) == 0;
        return hasOwner && hasGroup;
    }
}
